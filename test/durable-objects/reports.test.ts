import { reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { ExecutionsChannel } from "../../durable-objects/instrument/channels/executions-channel.ts";
import type { FeedSource } from "../../durable-objects/instrument/channels/source.ts";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { runSchemaSteps } from "../../durable-objects/storage/schema-steps.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import { eventually, FeedClient, textsOf } from "./feed/feed-client.ts";
import { line, object, submitTogether } from "./flow.ts";

beforeEach(reset);

const SPEC = { instrument: "BTC-USD" };
/** A message is below a megabyte, whatever its content. */
const MESSAGE_LENGTH_MAX = 1_000_000;
const LONG = "x".repeat(600);

interface Message {
  readonly type: string;
  readonly seq: number;
  readonly prev_seq: number | null;
  readonly reports?: { readonly report: number }[];
  readonly reason?: string;
}

/** Everything that a channel has to publish now. */
function told(channel: ExecutionsChannel): Message[] {
  return channel.next().map((text) => {
    expect(text.length).toBeLessThan(MESSAGE_LENGTH_MAX);
    return JSON.parse(text);
  });
}

/** The numbers of the reports in messages that chain from a number on. */
function chained(messages: readonly Message[], from: number): number[] {
  let seq = from;
  return messages.flatMap((message) => {
    expect([message.type, message.prev_seq]).toEqual(["update", seq]);
    seq = message.seq;
    const numbers = (message.reports ?? []).map(({ report }) => report);
    expect(numbers.at(-1)).toBe(seq);
    return numbers;
  });
}

function count(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index + 1);
}

/** Runs with a client's channel, and a function that appends reports as one flush does. */
function withChannel(
  run: (channel: ExecutionsChannel, append: (reports: number) => void, journal: Journal) => void,
): Promise<void> {
  return runInDurableObject(object(), (_, { storage }) => {
    runSchemaSteps(storage);
    const journal = new Journal(storage.sql);
    const book = new OrderBook({ maxPriceTicks: 1_000, maxQuantityLots: 1_000 } as never);
    const channel = new ExecutionsChannel({ spec: SPEC, journal, book, time: null } as FeedSource, "me");
    const client = journal.clientNumber("me");
    const append = (reports: number) => {
      const first = journal.reports.last(client) + 1;
      const texts = Array.from({ length: reports }, (_, index) =>
        JSON.stringify({ report: first + index, text: LONG }),
      );
      journal.reports.append(client, texts);
    };
    run(channel, append, journal);
  });
}

test("the reports of one flush are published completely, whatever their number", async () => {
  await withChannel((channel, append) => {
    append(3);
    expect(chained(told(channel), 0)).toEqual(count(0, 3));
    append(20_000);
    expect(chained(told(channel), 3)).toEqual(count(3, 20_003));
    append(1);
    expect(chained(told(channel), 20_003)).toEqual([20_004]);
  });
});

test("a subscriber that missed reports that are no longer stored gets a resync", async () => {
  await withChannel((channel, append) => {
    append(12_000);
    append(5);
    const [resync, snapshot, ...others] = told(channel);
    expect(resync).toMatchObject({ type: "resync", channel: "executions", reason: "too_old" });
    expect(snapshot).toMatchObject({ type: "snapshot", seq: 12_005, prev_seq: null });
    expect(others).toEqual([]);
    append(1);
    expect(chained(told(channel), 12_005)).toEqual([12_006]);
  });
});

test("a client resumes as far back as reports are stored", async () => {
  await withChannel((channel, append, journal) => {
    append(8_000);
    append(8_000);
    told(channel);
    const epoch = journal.epoch();
    const resumed = channel.resume({ seq: 6_000, epoch });
    const texts = "texts" in resumed ? textsOf(resumed.texts) : [];
    for (const text of texts) expect(text.length).toBeLessThan(MESSAGE_LENGTH_MAX);
    expect(
      chained(
        texts.map((text) => JSON.parse(text)),
        6_000,
      ),
    ).toEqual(count(6_000, 16_000));
    expect(channel.resume({ seq: 5_999, epoch })).toEqual({ reason: "too_old" });
    expect(channel.resume({ seq: 16_000, epoch })).toMatchObject({ texts: [] });
  });
});

test("a client whose orders all end at once gets a report of each", async () => {
  const orders = 3_000;
  const { client } = new FeedClient({ clientId: "client-A" });
  const numbers: number[] = [];
  const followed = client.subscribe("executions", (_, message) => {
    if ("reports" in message) for (const { report } of message.reports) numbers.push(report);
  });
  await eventually(() => followed.seq !== undefined);
  for (let placed = 0; placed < orders; placed += 1_000)
    await submitTogether(Array.from({ length: 1_000 }, () => line()));
  await submitTogether([JSON.stringify({ kind: "cancel_all", clientId: "client-A", side: null })]);
  await eventually(() => followed.seq === 3 * orders, "every report");
  expect(numbers).toEqual(count(0, 3 * orders));
  expect(followed.gaps).toBe(0);
  client.close();
});
