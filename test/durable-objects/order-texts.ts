import type { Random } from "../support/random.ts";

/** The possible values of an order's field, as JSON text. */
interface Choices {
  readonly presence: number;
  readonly sound: readonly string[];
  readonly unsound: readonly string[];
}

const LONG = (length: number) => JSON.stringify("a".repeat(length));
const PRICE = {
  presence: 0.75,
  sound: ["50000.0", '"50000.10"', "1e3", "5E-1", "-1", "-0", "0.0", '"-0"', '"7"', "1e39"],
  unsound: ['"1e3"', '""', "null", '["1"]', '"01"', '" 1"', "1e40", '"+1"', '"1."'],
};
const QUANTITY = {
  presence: 0.99,
  sound: ["0.25", "1", '"2.50"', '"0"', "1.0e+2", `"${"9".repeat(40)}"`],
  unsound: ['"x"', "true", "{}", `"${"9".repeat(41)}"`, "9".repeat(41), "null", "1e999"],
};
const FIELDS: Readonly<Record<string, Choices>> = {
  side: {
    presence: 0.99,
    sound: ['"buy"', '"sell"', '"b\\u0075y"'],
    unsound: ['"BUY"', "null", "1", '["buy"]'],
  },
  type: {
    presence: 0.99,
    sound: ['"limit"', '"limit"', '"limit"', '"market"', '"stop"'],
    unsound: ["true", '"plain"', "null", '{"limit":1}'],
  },
  price: PRICE,
  quantity: QUANTITY,
  idempotency_key: { presence: 0.3, sound: ['"k"', LONG(128)], unsound: [LONG(129), "null", '"."', "7"] },
  client_order_id: { presence: 0.3, sound: ['"c-1"', LONG(64)], unsound: [LONG(65), '" "', "null", '".."'] },
  post_only: { presence: 0.05, sound: ["true", "false"], unsound: ['"true"', "null"] },
  time_in_force: { presence: 0.07, sound: ['"gtc"', '"ioc"'], unsound: ['"day "', "null"] },
  self_trade_prevention: { presence: 0.05, sound: ['"none"', '"expire_taker"'], unsound: ['""'] },
  quote_quantity: { presence: 0.03, sound: ['"100"'], unsound: ["null"] },
  stop_price: { presence: 0.03, sound: ['"1"'], unsound: ["null"] },
  expires_at: { presence: 0.02, sound: ['"2030-01-31T12:00:00Z"'], unsound: ['"soon"'] },
  order_id: { presence: 0.01, sound: ['"00000000-0000-8000-8000-000000000001"'], unsound: ['"x"'] },
  expected_version: { presence: 0.01, sound: ["3"], unsound: ["3.5"] },
  constructor: { presence: 0.01, sound: [], unsound: ['"x"'] },
  unknown: { presence: 0.01, sound: [], unsound: ['"x"', "null"] },
};
const CLIENT = { sound: ['"alice"', '"alice"', '"bob"', LONG(64)], unsound: [LONG(65), '""', '"é"', "7"] };
const ALONE: Readonly<Record<string, Choices>> = {
  client_id: { presence: 0.95, ...CLIENT },
  instrument: {
    presence: 0.95,
    sound: ['"BTC-USD"', '"BTC-USD"', '"BTC-USD"', '"ETH-USD"'],
    unsound: ['""', "null", "1", LONG(33)],
  },
  action: { presence: 0.01, sound: ['"place"'], unsound: ["1"] },
};
const IN_BATCH: Readonly<Record<string, Choices>> = {
  action: { presence: 0.99, sound: ['"place"'], unsound: ['"cancel"', '"amend"', "1", "null"] },
  client_id: { presence: 0.4, ...CLIENT },
  instrument: { presence: 0.01, sound: ['"BTC-USD"'], unsound: [] },
};

/** The text of an order that is a request of its own, usually a valid one. */
export function drawOrderText(random: Random): string {
  return drawFields(random, { ...FIELDS, ...ALONE });
}

/** The text of a batch whose own fields are usually valid. */
export function drawBatchText(random: Random): string {
  const entries = Array.from({ length: random.between(random.chance(0.95) ? 1 : 0, 6) }, () =>
    random.chance(0.02) ? random.pick(["null", '"place"', "[]", "1", "true"]) : drawEntryText(random),
  );
  return drawFields(random, {
    instrument: { presence: 0.99, sound: ['"BTC-USD"'], unsound: ["1"] },
    client_id: { presence: 0.8, ...CLIENT },
    idempotency_key: { presence: 0.3, sound: ['"batch"'], unsound: ["null"] },
    atomic: { presence: 0.3, sound: ["true", "false"], unsound: ['"true"'] },
    answers: { presence: 0.3, sound: ['"full"', '"brief"'], unsound: ['"short"'] },
    entries: { presence: 0.99, sound: [`[${entries.join(",")}]`], unsound: ["{}", "null"] },
  });
}

const AMENDMENT: Readonly<Record<string, Choices>> = {
  price: { ...PRICE, presence: 0.5 },
  quantity: { ...QUANTITY, presence: 0.5 },
  action: { presence: 1, sound: ['"amend"', '"cancel"'], unsound: ['"change"'] },
  order_id: { presence: 0.95, sound: ['"00000000-0000-8000-8000-000000000001"'], unsound: ['"x"'] },
};

function drawEntryText(random: Random): string {
  if (random.chance(0.1)) return drawFields(random, AMENDMENT);
  return drawFields(random, { ...FIELDS, ...IN_BATCH });
}

function drawFields(random: Random, choices: Readonly<Record<string, Choices>>): string {
  const texts: string[] = [];
  for (const [field, { presence, sound, unsound }] of Object.entries(choices)) {
    if (!random.chance(presence)) continue;
    const isSound = unsound.length === 0 || (sound.length > 0 && random.chance(0.98));
    const value = random.pick(isSound ? sound : unsound);
    // A key may be escaped, and may be anywhere.
    const key = random.chance(0.02)
      ? `"\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}"`
      : `"${field}"`;
    texts.splice(random.below(texts.length + 1), 0, `${key}:${value}`);
  }
  const repeated = texts[0];
  if (repeated !== undefined && random.chance(0.01)) texts.push(repeated);
  return `{${texts.join(random.chance(0.1) ? " ,\n\t" : ",")}}`;
}
