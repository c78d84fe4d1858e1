import { expect, test } from "vitest";
import { batchEntry } from "../../protocol/batch-request.ts";
import { NumberLiteral } from "../../protocol/json.ts";
import { plainEntry } from "../../protocol/plain-entry.ts";
import { Random } from "../support/random.ts";

const SEED = 20_311_128;
interface Choices {
  readonly presence: number;
  readonly sound: readonly unknown[];
  readonly unsound: readonly unknown[];
}

const FIELDS: Readonly<Record<string, Choices>> = {
  action: { presence: 0.98, sound: ["place"], unsound: ["cancel", "amend", 1, null] },
  side: { presence: 0.98, sound: ["buy", "sell"], unsound: ["BUY", null] },
  type: { presence: 0.98, sound: ["limit", "market", "stop"], unsound: [true, "plain"] },
  price: {
    presence: 0.6,
    sound: [number("50000.0"), "50000.10", number("1e3"), number("-1")],
    unsound: ["1e3", "", null, ["1"]],
  },
  quantity: {
    presence: 0.98,
    sound: [number("0.25"), number("1"), "2.50", "0"],
    unsound: ["x", true, {}, "9".repeat(41)],
  },
  client_id: { presence: 0.5, sound: ["alice", "a".repeat(64)], unsound: ["a".repeat(65), "", "é", 7] },
  idempotency_key: { presence: 0.3, sound: ["k", "k".repeat(128)], unsound: ["k".repeat(129), null] },
  client_order_id: { presence: 0.3, sound: ["c-1"], unsound: ["c".repeat(65), " "] },
  post_only: { presence: 0.1, sound: [true, false], unsound: ["true"] },
  time_in_force: { presence: 0.1, sound: ["gtc", "ioc"], unsound: ["day "] },
  quote_quantity: { presence: 0.05, sound: ["100"], unsound: [null] },
  stop_price: { presence: 0.1, sound: ["1"], unsound: [null] },
  order_id: { presence: 0.02, sound: ["00000000-0000-8000-8000-000000000001"], unsound: ["x"] },
  constructor: { presence: 0.02, sound: [], unsound: ["x"] },
  unknown: { presence: 0.02, sound: [], unsound: ["x"] },
};

function number(source: string): NumberLiteral {
  return new NumberLiteral(source);
}

function drawEntry(random: Random): unknown {
  if (random.chance(0.01)) return random.pick([null, "place", [], number("1")]);
  const entry: Record<string, unknown> = {};
  for (const [field, { presence, sound, unsound }] of Object.entries(FIELDS)) {
    if (!random.chance(presence)) continue;
    entry[field] = random.pick(sound.length > 0 && random.chance(0.95) ? sound : unsound);
  }
  return entry;
}

test(`a plain entry is parsed as the schema parses it, seed ${SEED}`, () => {
  const random = new Random(SEED);
  const counts = { plain: 0, left: 0, named: 0, refused: 0 };
  for (let round = 0; round < 50_000; round++) {
    const entry = drawEntry(random);
    const plain = plainEntry(entry);
    const { success, data } = batchEntry.safeParse(entry);
    if (!success) counts.refused++;
    else if (plain === undefined) counts.left++;
    if (plain === undefined) continue;
    counts.plain++;
    if (plain.client_id !== undefined && plain.client_order_id !== undefined) counts.named++;
    expect(plain, JSON.stringify(entry)).toEqual(data);
  }
  expect(Math.min(...Object.values(counts)), JSON.stringify(counts)).toBeGreaterThan(100);
});
