import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import { type CallLine, writeLine } from "../../durable-objects/calls/call.ts";
import type { Verification } from "../../durable-objects/calls/instrument-calls.ts";
import type { Random } from "../support/random.ts";

export interface LineOptions {
  readonly client?: string;
  readonly key?: string | null;
  readonly side?: "buy" | "sell";
  /** Null for a market order. */
  readonly price?: string | null;
  readonly quantity?: string;
}

/** A placed order in the form in which it travels to the object. */
export function line(options: LineOptions = {}): CallLine {
  const { key = null, side = "buy", price = "100", quantity = "1" } = options;
  // A client does not trade with itself.
  const { client = side === "buy" ? "client-A" : "client-B" } = options;
  const type = price === null ? "market" : "limit";
  return JSON.stringify(["place", client, key, side, type, price, quantity]);
}

/** A stub that stays valid after the object was aborted. */
export function object(instrument = "BTC-USD") {
  return env.INSTRUMENT.getByName(instrument);
}

/** Submits within the object, so that as many as possible share one flush. */
export function submitTogether(lines: readonly CallLine[]): Promise<string[]> {
  return runInDurableObject(object(), (instrument) =>
    Promise.all(lines.map((text) => instrument.submit(text))),
  );
}

/** One row of SQL from an object's storage. */
export function selectOne(query: string, instrument?: string): Promise<Record<string, SqlStorageValue>> {
  return runInDurableObject(object(instrument), (_, state) => state.storage.sql.exec(query).one());
}

export function execute(statement: string): Promise<void> {
  return runInDurableObject(object(), (_, state) => void state.storage.sql.exec(statement));
}

/** Checks that the live book, the journal's fold and the restored book are equal. Returns the comparison. */
export async function verified(label: string, instrument?: string): Promise<Verification> {
  const verification = await object(instrument).verify();
  const { liveHash, foldHash, restoredHash } = verification;
  expect({ foldHash, restoredHash }, label).toEqual({ foldHash: liveHash, restoredHash: liveHash });
  return verification;
}

export function statusOf(answer: string): number {
  return readAnswer(answer).status;
}

export function bodyOf(answer: string) {
  return JSON.parse(readAnswer(answer).body);
}

/** A seeded stream of orders and cancels around one price, with its results. */
export class Flow {
  readonly #random: Random;
  readonly #placed: string[] = [];
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Submits a random number of requests at once. Answers may be refusals, but never errors. */
  async step(sizeMax = 12): Promise<readonly string[]> {
    const lines = Array.from({ length: this.#random.between(1, sizeMax) }, () => this.#line());
    const answers = await Promise.all(lines.map((text) => object().submit(text)));
    for (const answer of answers) if (statusOf(answer) === 201) this.#placed.push(bodyOf(answer).order_id);
    return answers;
  }

  #line(): CallLine {
    const random = this.#random;
    const kind = random.weighted({ limit: 70, market: 10, cancel: 18, refused: 2 });
    if (kind === "cancel" && this.#placed.length > 0)
      return writeLine({ kind: "cancel", orderId: random.pick(this.#placed) });
    this.#count++;
    return line({
      client: `client-${random.below(5)}`,
      key: random.chance(0.5) ? `key-${random.seed}-${this.#count}` : null,
      side: random.pick(["buy", "sell"]),
      price: kind === "market" ? null : `${random.between(95, 105)}.${random.pick(["00", "25", "5"])}`,
      quantity: kind === "refused" ? "0" : `${random.between(1, 50)}.5`,
    });
  }
}
