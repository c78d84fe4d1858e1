import { expect, test } from "vitest";
import { feedRequest } from "../../protocol/feed/feed-request.ts";
import { readFeedRequest } from "../../protocol/feed/read-feed-request.ts";
import { readJson } from "../../protocol/json.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { validate } from "../../protocol/validate.ts";
import { Random } from "../support/random.ts";

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const CASES = 5_000;
const OPS = ['"place"', '"cancel"', '"Place"', "1", "null"];
const IDS = [
  '"a"',
  '""',
  '"a b"',
  '"\u00e9"',
  `"${"x".repeat(64)}"`,
  `"${"x".repeat(65)}"`,
  "7",
  "null",
  "{}",
];
const BODIES = ["{}", '{"price":1.10,"a":{"b":[1]}}', "[]", "1.5", "null", '"text"', "true"];

/** A message that is mostly a placed order, as text. */
function draw(random: Random): string {
  const fields: string[] = [];
  if (random.chance(0.95)) fields.push(`"op":${random.chance(0.8) ? '"place"' : random.pick(OPS)}`);
  if (random.chance(0.7)) fields.push(`"request_id":${random.pick(IDS)}`);
  if (random.chance(0.95))
    fields.push(`"body":${random.chance(0.5) ? '{"side":"buy"}' : random.pick(BODIES)}`);
  if (random.chance(0.1)) fields.push('"order_id":"x"');
  return `{${fields.join(",")}}`;
}

function outcome(read: () => unknown): string {
  try {
    return JSON.stringify(read());
  } catch (error) {
    if (error instanceof Refusal) return `refused ${JSON.stringify(error.problem)}`;
    throw error;
  }
}

test(`an order is read as the schema reads it (SEED=${SEED})`, () => {
  const random = new Random(SEED);
  let accepted = 0;
  for (let count = 0; count < CASES; count++) {
    const text = draw(random);
    const expected = outcome(() => validate(readJson(text), feedRequest));
    if (expected.startsWith("{")) accepted++;
    expect(
      outcome(() => readFeedRequest(readJson(text))),
      text,
    ).toBe(expected);
  }
  expect(accepted).toBeGreaterThan(CASES / 20);
  for (const json of [undefined, null, [], "x", 1]) {
    expect(outcome(() => readFeedRequest(json))).toBe(outcome(() => validate(json, feedRequest)));
  }
});
