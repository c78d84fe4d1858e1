import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { BookState } from "../../client/book-state.ts";
import type { OrdersState } from "../../client/orders-state.ts";
import { Allowance } from "../../durable-objects/feed/allowance.ts";
import { type Beginning, LongBeginning } from "../../durable-objects/feed/beginning.ts";
import { LongBeginnings } from "../../durable-objects/feed/long-beginnings.ts";
import type { Session } from "../../durable-objects/feed/session.ts";
import { type Copied, SharedBeginning } from "../../durable-objects/feed/shared-beginning.ts";
import { PartJoiner } from "../../protocol/feed/message-parts.ts";
import { book } from "../worker/client.ts";
import { eventually, FeedClient, HOST_CLOCK, textsOf } from "./feed/feed-client.ts";
import { subscribe } from "./feed/subscriber.ts";
import { line, selectOne, submitTogether } from "./flow.ts";

beforeEach(reset);

const ORDERS = 12_000;
const PRICES = 6_000;

function copied(length: number, onRead: () => void): Copied {
  function* texts(): Generator<string> {
    for (let index = 0; index < length; index++) {
      onRead();
      yield `{"order":${index}}`;
    }
  }
  const head = { type: "snapshot", epoch: 1, seq: 7, prev_seq: null };
  return { head, lists: [{ name: "bids", texts }] };
}

/** The orders of a beginning's snapshot, and the texts after it. */
function read(beginning: Beginning | undefined): { orders: number[]; updates: string[] } {
  const joiner = new PartJoiner<{ type: string; epoch: number; seq: number; bids: { order: number }[] }>();
  const texts = textsOf(beginning);
  for (const [index, text] of texts.entries()) {
    const joined = joiner.take(JSON.parse(text), text);
    if (typeof joined !== "string")
      return { orders: joined.message.bids.map(({ order }) => order), updates: texts.slice(index + 1) };
  }
  throw new Error("the snapshot is incomplete");
}

describe("a snapshot", () => {
  test("of a small book is ready at once, and that of a large book is made in turns, once for all subscribers", async () => {
    let [readItems, copies, ready, itemsInTurn] = [0, 0, 0, 0];
    const onRead = () => void readItems++;
    const beginning = new SharedBeginning({ clock: HOST_CLOCK, onReady: () => void ready++ });
    const small = beginning.take(
      () => 10,
      (memory) => {
        expect(memory).toBeUndefined();
        return copied(10, onRead);
      },
    );
    expect(read(small)).toEqual({
      orders: [...Array(10).keys()],
      updates: [],
    });
    const take = () =>
      beginning.take(
        () => 50_000,
        (memory) => {
          expect(memory?.isTouched).toBe(true);
          copies++;
          return copied(50_000, onRead);
        },
      );
    readItems = 0;
    expect(take()).toBeUndefined();
    for (let before = readItems; ready === 0; before = readItems) {
      expect(take()).toBeUndefined();
      beginning.add(['"during"']);
      await scheduler.wait(0);
      itemsInTurn = Math.max(itemsInTurn, readItems - before);
    }
    expect(itemsInTurn, "in one turn").toBeLessThanOrEqual(2_000);
    beginning.add(['"after"']);
    const first = read(take());
    expect(first.orders).toEqual([...Array(50_000).keys()]);
    expect([first.updates[0], first.updates.at(-1)]).toEqual(['"during"', '"after"']);
    expect(read(take())).toEqual(first);
    expect({ copies, ready, readItems }).toEqual({ copies: 1, ready: 1, readItems: 50_000 });
    // A new beginning is cheaper than this many updates.
    beginning.add(["x".repeat(600_000)]);
    expect(take()).toBeUndefined();
    expect(copies).toBe(2);
  });
});

describe("the beginning of a large book's channel", () => {
  const PART = "x".repeat(500_000);

  /** Sends beginnings to sessions with some names. `onTurn` is called with the texts sent in each turn. */
  function sending(onTurn: (sent: string) => void) {
    const ended: string[] = [];
    const clock = { nowMs: () => 0, letOthersIn: () => HOST_CLOCK.wait(0) };
    const sessions = new Map<Session, string>();
    const nameOf = (session: Session) => sessions.get(session) as string;
    const beginnings = new LongBeginnings(clock, {
      isWanted: (session) => nameOf(session) !== "gone",
      onDone: (session, key) => void ended.push(`${nameOf(session)} has ${key}`),
      onOver: (session, _, hasBegun) => void ended.push(`${nameOf(session)} is cut off: ${hasBegun}`),
      onFailed: (session, key, error) => void ended.push(`${nameOf(session)} fails at ${key}: ${error}`),
    });
    const session = (name: string) => {
      const begin = (_: string, texts: readonly string[], __: number, before: number) => {
        onTurn(`${name} ${texts.map((text) => text.slice(0, 3)).join("+")}`);
        return texts.reduce((sum, text) => sum + text.length, before);
      };
      const made = { begin } as unknown as Session;
      sessions.set(made, name);
      return made;
    };
    return { beginnings, session, ended };
  }

  test("is sent one message per turn, to one subscriber after another, with everything published meanwhile", async () => {
    const turns: string[] = [];
    const beginning = new LongBeginning([`p1${PART}`, `p2${PART}`, `p3${PART}`], ["u1", "u2"], 1_000);
    const { beginnings, session, ended } = sending((sent) => {
      turns.push(sent);
      if (sent === "a p2x") beginning.add(["u3"]);
    });
    const cancelled = session("c");
    beginnings.add(session("a"), "book", beginning);
    beginnings.add(cancelled, "book", beginning);
    beginnings.add(session("gone"), "book", beginning);
    beginnings.add(session("b"), "book", beginning);
    expect(turns, "in the first turn").toEqual(["a p1x"]);
    beginnings.cancel(cancelled, "book");
    await eventually(() => !beginnings.has("book"));
    const sent = ["p1x", "p2x", "p3x", "u1+u2+u3"];
    expect(turns).toEqual(["a", "b"].flatMap((name) => sent.map((each) => `${name} ${each}`)));
    expect(ended).toEqual(["a has book", "b has book"]);
  });

  test("ends when the changes exceed its length, and subscribers that have a part of it are cut off", async () => {
    const beginning = new LongBeginning([`p1${PART}`, `p2${PART}`], [], 1_000);
    const { beginnings, session, ended } = sending(() => beginning.add(["u".repeat(1_001)]));
    beginnings.add(session("a"), "orders", beginning);
    beginnings.add(session("b"), "orders", beginning);
    await eventually(() => ended.length === 2);
    expect(ended).toEqual(["a is cut off: true", "b is cut off: false"]);
    expect(beginnings.has("orders")).toBe(false);
  });

  test("fails for the subscriber whose socket throws, and the others get theirs", async () => {
    const beginning = new LongBeginning([`p1${PART}`, `p2${PART}`], [], 1_000);
    const { beginnings, session, ended } = sending((sent) => {
      if (sent.startsWith("first") || sent === "third p2x") throw new Error(`no way for ${sent}`);
    });
    for (const name of ["first", "second", "third", "fourth"])
      beginnings.add(session(name), "orders", beginning);
    await eventually(() => ended.length === 4);
    expect(ended).toEqual([
      "first fails at orders: Error: no way for first p1x",
      "second has orders",
      "third fails at orders: Error: no way for third p2x",
      "fourth has orders",
    ]);
    beginnings.add(session("fifth"), "orders", beginning);
    await eventually(() => ended.length === 5);
    expect([ended.at(-1), beginnings.has("orders")]).toEqual(["fifth has orders", false]);
  });

  test("is kept while a subscriber is receiving it", () => {
    const beginning = new LongBeginning(["p1"], [], 1_000);
    beginning.turn(0);
    beginning.endUnread();
    expect(beginning.isOver).toBe(false);
    beginning.endUnread();
    expect(beginning.isOver).toBe(true);
  });
});

describe("a large book that changes all the time", () => {
  test("is begun correctly by every subscriber, again and again", async () => {
    for (let from = 0; from < ORDERS; from += 1_000)
      await submitTogether(
        Array.from({ length: 1_000 }, (_, index) => line({ price: String(1 + ((from + index) % PRICES)) })),
      );
    let isOver = false;
    const trading = (async () => {
      for (let step = 0; !isOver && step < 400; step++) {
        await scheduler.wait(40);
        const side = step % 3 === 0 ? "sell" : "buy";
        const price = side === "sell" ? null : String(1 + ((step * 37) % PRICES));
        await submitTogether([line({ side, price, quantity: side === "sell" ? "1.5" : "1" })]);
      }
    })();
    const edges = [0, 1, 2].map(
      (index) => new FeedClient(index === 2 ? { instrument: "BTC-USD,ETH-USD" } : {}),
    );
    const follow = (edge: FeedClient) => [
      edge.client.subscribe("orders"),
      edge.client.subscribe("book"),
      edge.client.subscribe("book@100ms"),
    ];
    let followed = edges.map(follow);
    for (let round = 0; round < 3; round++) {
      await eventually(() => followed.flat().every(({ seq }) => seq !== undefined), "every beginning");
      if (round < 2) followed = edges.map(follow);
    }
    const plain = await subscribe();
    isOver = true;
    await trading;
    const { sequence, bids } = await book("?levels=1000");
    await plain.until(({ seq }) => seq === sequence);
    expect(plain.book().bids.slice(0, 1000)).toEqual(bids);
    const open = await selectOne("SELECT count(*) AS count FROM orders WHERE open_priority IS NOT NULL");
    for (const each of followed) {
      const [orders, levels] = each;
      await eventually(() => each.every(({ seq }) => seq === sequence), "the last update");
      expect((orders?.state as OrdersState | undefined)?.bids).toHaveLength(Number(open.count));
      expect((levels?.state as BookState | undefined)?.bids.slice(0, 1000)).toEqual(bids);
      expect(each.map(({ faults }) => faults)).toEqual([0, 0, 0]);
    }
    for (const edge of edges) edge.close();
    plain.socket.close();
  });

  test("is refused to a connection that begins it too often, with the time of the next attempt", async () => {
    const MIB = 1024 * 1024;
    const allowance = new Allowance();
    allowance.spend(31 * MIB, 0);
    expect(allowance.retrySeconds(0)).toBe(0);
    allowance.spend(5 * MIB, 0);
    expect(allowance.retrySeconds(0)).toBe(5);
    expect(allowance.retrySeconds(3_000)).toBe(2);
    expect(allowance.retrySeconds(5_000)).toBe(0);

    for (let from = 0; from < ORDERS; from += 1_000)
      await submitTogether(
        Array.from({ length: 1_000 }, (_, index) => line({ price: String(1 + ((from + index) % PRICES)) })),
      );
    const edge = new FeedClient();
    const orders = edge.client.subscribe("orders");
    await eventually(() => orders.seq !== undefined);
    let wholeCount = 0;
    edge.sockets[0]?.addEventListener("message", (event) => {
      const { type, part, parts } = JSON.parse(String((event as MessageEvent).data));
      if (type === "snapshot" && part === parts) wholeCount++;
    });
    const statuses = new Set<number>();
    let refused: unknown;
    for (let tries = 0; tries < 100 && refused === undefined; tries++) {
      const { status, body } = await edge.client.request({ op: "subscribe", channels: ["orders"] });
      statuses.add(status);
      if (status !== 200) refused = body;
      else await eventually(() => wholeCount > tries, "all of the snapshot");
    }
    expect(refused).toMatchObject({
      code: "overloaded",
      detail: expect.stringMatching(/try again in \d+ seconds/),
    });
    expect([...statuses]).toEqual([200, 503]);
    expect(await edge.client.request({ op: "unsubscribe", channels: ["orders"] })).toMatchObject({
      status: 200,
    });
    edge.close();
  });
});
