import type { ErrorCode } from "../../protocol/error-code.ts";
import type { Random } from "../support/random.ts";

/** A request of the ledger's world: a buy that rests, or is refused for its price. */
export interface PlacedBody {
  readonly client_id: string;
  readonly idempotency_key?: string;
  readonly client_order_id?: string;
  readonly price: string;
}
interface PairBody extends Omit<PlacedBody, "client_order_id"> {
  readonly limit_client_order_id?: string;
  readonly stop_client_order_id?: string;
}
interface BatchBody {
  readonly client_id: string;
  readonly idempotency_key?: string;
  readonly atomic?: true;
  readonly answers?: "brief";
  readonly entries: readonly PlacedBody[];
}
export type KeyRequest =
  | { readonly kind: "place"; readonly body: PlacedBody }
  | { readonly kind: "oco"; readonly body: PairBody }
  | { readonly kind: "batch"; readonly body: BatchBody };

/** The expected answer of a request: the code of a refusal or, for a batch, the result of each entry. */
export interface Expected {
  readonly code: ErrorCode | "done";
  readonly isReplay: boolean;
  readonly entries?: readonly Expected[];
}

const GOOD_PRICE = "100";
const OFF_TICK = "100.001";

/** A request. A few clients use a few keys and names, so that they collide in every possible way. */
export function drawKeyRequest(random: Random): KeyRequest {
  const kind = random.weighted({ place: 4, oco: 4, batch: 6 });
  if (kind === "place") return { kind, body: drawPlaced(random, true) };
  if (kind === "oco") {
    const { client_order_id: limit, ...rest } = drawPlaced(random, true);
    const { client_order_id: stop } = drawPlaced(random, false);
    return {
      kind,
      body: {
        ...rest,
        ...(limit === undefined ? {} : { limit_client_order_id: limit }),
        ...(stop === undefined ? {} : { stop_client_order_id: stop }),
      },
    };
  }
  const form = random.pick([{}, { atomic: true }, { answers: "brief" }, {}] as const);
  const mayHaveKeys = Object.keys(form).length === 0;
  const entries = Array.from({ length: random.between(1, 4) }, () => drawPlaced(random, mayHaveKeys));
  const own = { client_id: drawClient(random), ...drawKey(random) };
  // The key of the batch in one of its entries, of the same client or of the other.
  if (mayHaveKeys && random.chance(0.2)) {
    const { client_id, ...rest } = drawPlaced(random, false);
    entries[random.below(entries.length)] = { ...own, ...rest, client_id };
  }
  return { kind, body: { ...own, ...form, entries } };
}

const drawClient = (random: Random) => `client-${random.below(2)}`;
const drawKey = (random: Random) =>
  random.chance(0.7) ? { idempotency_key: `key-${random.below(120)}` } : {};

function drawPlaced(random: Random, mayHaveKey: boolean): PlacedBody {
  return {
    client_id: drawClient(random),
    ...(mayHaveKey ? drawKey(random) : {}),
    ...(random.chance(0.4) ? { client_order_id: `name-${random.below(90)}` } : {}),
    price: random.chance(0.15) ? OFF_TICK : GOOD_PRICE,
  };
}

/** The simplest model of keys and names. It predicts the answer of each request. */
export class KeyLedger {
  readonly #keys = new Map<string, { readonly asked: string; readonly expected: Expected }>();
  readonly #names = new Set<string>();

  expect(request: KeyRequest): Expected {
    const { kind, body } = request;
    if (kind !== "batch") {
      return this.#once(body, JSON.stringify([kind, body]), () => done(this.#place(kind, body)));
    }
    const key = keyOf(body);
    if (key !== undefined && body.entries.some((entry) => keyOf(entry) === key))
      return done("idempotency_key_reused");
    return this.#once(body, JSON.stringify(body), () => this.#batch(body));
  }

  #batch({ atomic, entries }: BatchBody): Expected {
    if (atomic !== true) return { ...done("done"), entries: entries.map((entry) => this.#entry(entry)) };
    const before = [...this.#names];
    for (const entry of entries) {
      const code = this.#place("place", entry);
      if (code === "done") continue;
      this.#names.clear();
      for (const name of before) this.#names.add(name);
      return done(code);
    }
    return { ...done("done"), entries: entries.map(() => done("done")) };
  }

  #entry(body: PlacedBody): Expected {
    return this.#once(body, JSON.stringify(["place", body]), () => done(this.#place("place", body)));
  }

  /** The answer under a key, if it has been used. */
  #once(body: PlacedBody | PairBody | BatchBody, asked: string, run: () => Expected): Expected {
    const key = keyOf(body);
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined)
      return known.asked === asked ? { ...known.expected, isReplay: true } : done("idempotency_key_reused");
    const expected = run();
    if (key !== undefined) this.#keys.set(key, { asked, expected });
    return expected;
  }

  #place(kind: "place" | "oco", body: PlacedBody | PairBody): ErrorCode | "done" {
    const { client_order_id, limit_client_order_id, stop_client_order_id } = body as PlacedBody & PairBody;
    const given = kind === "place" ? [client_order_id] : [limit_client_order_id, stop_client_order_id];
    const names = given.filter((name) => name !== undefined).map((name) => `${body.client_id} ${name}`);
    if (new Set(names).size < names.length || names.some((name) => this.#names.has(name)))
      return "client_order_id_reused";
    if (body.price === OFF_TICK) return "price_off_tick";
    for (const name of names) this.#names.add(name);
    return "done";
  }
}

const done = (code: Expected["code"]): Expected => ({ code, isReplay: false });

function keyOf(body: { readonly client_id: string; readonly idempotency_key?: string }): string | undefined {
  return body.idempotency_key === undefined ? undefined : `${body.client_id} ${body.idempotency_key}`;
}
