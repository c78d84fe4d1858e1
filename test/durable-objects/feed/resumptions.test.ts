import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { Resumed } from "../../../durable-objects/feed/live-channel.ts";
import { Resumptions } from "../../../durable-objects/instrument/channels/resumptions.ts";
import type { Event } from "../../../engine/vocabulary/event.ts";
import { PartJoiner } from "../../../protocol/feed/message-parts.ts";
import { line, submitTogether } from "../flow.ts";
import { eventually, HOST_CLOCK, raw, textsOf } from "./feed-client.ts";

beforeEach(reset);

const EVENTS_A_TURN = 500;

/** A journal of numbered events, and the resumptions of a channel whose updates list the numbers. */
function resuming() {
  const state = { sequence: 0, base: 0, readInTurn: 0, ready: 0 };
  const source = {
    book: {
      get sequence() {
        return state.sequence;
      },
    },
    journal: {
      epoch: () => 1,
      base: {
        get sequence() {
          return state.base;
        },
      },
      eventsAfter: (after: number, limit = Number.POSITIVE_INFINITY) => {
        const count = Math.min(limit, state.sequence - after);
        state.readInTurn += count;
        return Array.from({ length: count }, (_, index) => ({ sequence: after + 1 + index }) as Event);
      },
    },
  };
  const resumptions = new Resumptions(
    source,
    { clock: HOST_CLOCK, onReady: () => void state.ready++ },
    ({ seq }) => {
      const numbers: number[] = [];
      return {
        add: (events) => {
          for (const { sequence } of events) numbers.push(sequence);
        },
        get count() {
          return numbers.length;
        },
        copy: () => {
          const head = { type: "update", epoch: 1, seq: state.sequence, prev_seq: seq };
          const texts = numbers.map((number) => JSON.stringify({ number }));
          return { head, lists: [{ name: "numbers", texts: () => texts }] };
        },
      };
    },
  );
  const resume = (seq: number) => resumptions.resume({ seq, epoch: 1 });
  return { state, resumptions, resume };
}

/** The first and the last number of an update, whether none is missing, and the texts after it. */
function read(resumed: Resumed) {
  if ("reason" in resumed) throw new Error(resumed.reason);
  const texts = textsOf(resumed.texts);
  const joiner = new PartJoiner<{
    type: string;
    epoch: number;
    seq: number;
    numbers: { number: number }[];
  }>();
  for (const [index, text] of texts.entries()) {
    const joined = joiner.take(JSON.parse(text), text);
    if (typeof joined === "string") continue;
    const { seq, numbers } = joined.message;
    const first = numbers[0]?.number ?? 0;
    const hasAll = numbers.every(({ number }, at) => number === first + at);
    return { first, last: numbers.at(-1)?.number, hasAll, seq, after: texts.slice(index + 1) };
  }
  throw new Error("the update is not whole");
}

/** Resumes until the update is there; returns it, and the most events that one turn has read. */
async function waitFor({ state, resume }: ReturnType<typeof resuming>, seq: number, onTurn: () => void) {
  let readMax = 0;
  for (let turns = 0; turns < 1_000; turns++) {
    state.readInTurn = 0;
    const resumed = resume(seq);
    readMax = Math.max(readMax, state.readInTurn);
    if ("reason" in resumed || resumed.texts !== undefined) return { resumed, readMax, turns };
    state.readInTurn = 0;
    await scheduler.wait(0);
    readMax = Math.max(readMax, state.readInTurn);
    onTurn();
  }
  throw new Error("the update never came");
}

describe("a subscriber that missed", () => {
  test("few events gets them at once", () => {
    const { state, resume } = resuming();
    state.sequence = EVENTS_A_TURN + 3;
    expect(read(resume(3))).toEqual({ first: 4, last: 503, hasAll: true, seq: 503, after: [] });
    expect(state.ready).toBe(0);
  });

  test("many events gets them over turns that each read a bounded number, with those since", async () => {
    const all = resuming();
    all.state.sequence = 19_000;
    const { resumed, readMax, turns } = await waitFor(all, 7, () => {
      all.state.sequence++;
      all.resumptions.note();
      all.resumptions.add([`"${all.state.sequence}"`]);
    });
    expect(readMax).toBeLessThanOrEqual(2 * EVENTS_A_TURN);
    expect(turns).toBeGreaterThan(19_000 / (2 * EVENTS_A_TURN));
    const { first, last = 0, hasAll, seq, after } = read(resumed);
    expect({ first, hasAll, seq }).toEqual({ first: 8, hasAll: true, seq: last });
    const since = Array.from({ length: all.state.sequence - last }, (_, index) => `"${last + 1 + index}"`);
    expect(after, "what was published while the update was written").toEqual(since);
    expect(all.state.ready).toBeGreaterThan(0);
    all.state.readInTurn = 0;
    expect(read(all.resume(7)), "the next subscriber").toEqual(read(resumed));
    expect(all.state.readInTurn).toBe(0);
  });

  test("many events gets them also if every flush has as many as one turn reads", async () => {
    const all = resuming();
    all.state.sequence = 2_000;
    let isBusy = true;
    const { resumed } = await waitFor(all, 0, () => {
      // The channel is busy: nobody is admitted until three flushes have followed one another.
      for (let flushes = 0; isBusy && flushes < 3; flushes++) {
        all.state.sequence += EVENTS_A_TURN;
        all.resumptions.note();
      }
      isBusy = all.state.sequence < 14_000;
    });
    expect(read(resumed)).toMatchObject({ first: 1, hasAll: true });
  });

  test("more than is worth it, or what the journal no longer has, begins anew", async () => {
    const all = resuming();
    all.state.sequence = 20_001;
    expect(all.resume(0)).toEqual({ reason: "too_old" });
    expect(all.resume(1)).toEqual({ texts: undefined });
    const grown = await waitFor(all, 1, () => void all.state.sequence++);
    expect(grown.resumed).toEqual({ reason: "too_old" });
    expect(all.resume(9_000)).toEqual({ texts: undefined });
    const pruned = await waitFor(all, 9_000, () => {
      all.state.base = all.state.sequence;
    });
    expect(pruned.resumed).toEqual({ reason: "too_old" });
  });
});

type Lists = Record<string, Record<string, unknown>[]>;

/** Adds up the messages of a channel: levels by price, orders by number. */
function merged(messages: readonly Record<string, unknown>[], channel: string): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const message of messages) {
    if (message.channel !== channel) continue;
    for (const name of ["bids", "asks", "orders"])
      for (const item of (message as Lists)[name] ?? []) {
        const { price, order, is_last, side, ...rest } = item;
        const key = order === undefined ? `${name} ${price}` : `order ${order}`;
        if (Number(rest.quantity) === 0) all.delete(key);
        else all.set(key, order === undefined ? rest : { ...rest, price });
      }
  }
  return all;
}

test("a subscriber that resumes over thousands of events has what a new one has, and misses nothing after it", async () => {
  const batch = (from: number) =>
    submitTogether(
      Array.from({ length: 1_000 }, (_, index) =>
        (from + index) % 5 === 4
          ? line({ side: "sell", price: "1" })
          : line({ price: String(1 + ((from + index) % 3_000)) }),
      ),
    );
  await batch(0);
  const start = await raw("?channels=book,orders");
  await eventually(() => start.messages.length >= 2);
  const sequences = Object.fromEntries(start.messages.map(({ channel, seq }) => [channel, seq]));
  expect(sequences.book).toBe(sequences.orders);
  for (let from = 1_000; from < 6_000; from += 1_000) await batch(from);
  for (const channel of ["book", "orders"]) {
    const before = start.messages.filter((message) => message.channel === channel).slice(0, 1);
    const resumed = await raw(`?channels=${channel}&resume_from=${sequences[channel]}&epoch=1`);
    for (let count = 0; count < 5; count++)
      await submitTogether([line({ price: String(4_000 + count) }), line({ side: "sell", price: "9000" })]);
    await eventually(() => resumed.messages.length > 0, "the update");
    await submitTogether([line({ price: "5000" })]);
    const fresh = await raw(`?channels=${channel}`);
    await eventually(() => fresh.messages.length > 0, "the snapshot");
    await submitTogether([line({ price: "5001" })]);
    const last = () => resumed.messages.at(-1)?.seq;
    await eventually(() => last() === fresh.messages.at(-1)?.seq && fresh.messages.length > 1, "both");
    expect(resumed.messages[0]).toMatchObject({ type: "update", prev_seq: sequences[channel] });
    const whole = resumed.messages.filter(({ part }) => part === undefined || part === 1);
    for (const [index, message] of whole.entries())
      if (index > 0) expect(message.prev_seq, `message ${index}`).toBe(whole[index - 1]?.seq);
    const [got, expected] = [
      merged([...before, ...resumed.messages], channel),
      merged(fresh.messages, channel),
    ];
    expect(got.size).toBeGreaterThan(2_000);
    expect(new Map([...got].sort())).toEqual(new Map([...expected].sort()));
  }
});
