import { type Answer, readAnswer } from "../../durable-objects/calls/answer.ts";
import type { InstrumentCalls } from "../../durable-objects/calls/instrument-calls.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { type OrderIdentity, parseOrderId } from "../../protocol/order-id.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { bodyResponse } from "./problem-response.ts";

/** The configured instruments and the way to the object of each. */
export class Venue {
  readonly specs: readonly InstrumentSpec[];
  readonly #namespace: Env["INSTRUMENT"];
  readonly #ids = new Map<string, DurableObjectId>();

  constructor(env: Env) {
    this.specs = readInstrumentSpecs(env.INSTRUMENTS);
    this.#namespace = env.INSTRUMENT;
    for (const { instrument } of this.specs)
      this.#ids.set(instrument, this.#namespace.idFromName(instrument));
  }

  /**
   * The object of an instrument; of the default one where none is named.
   * @throws Refusal if it is not configured.
   */
  object(instrument: string | undefined): DurableObjectStub<InstrumentCalls> {
    const spec = this.spec(instrument);
    const { locationHint } = spec;
    const id = this.#ids.get(spec.instrument) as DurableObjectId;
    return this.#namespace.get(id, locationHint === undefined ? {} : { locationHint });
  }

  /**
   * An instrument's configuration; that of the default one where none is named.
   * @throws Refusal if it is not configured.
   */
  spec(instrument: string | undefined): InstrumentSpec {
    if (instrument === undefined) return this.#default;
    const spec = this.specs.find((each) => each.instrument === instrument);
    if (spec !== undefined) return spec;
    throw new Refusal({
      code: "instrument_unknown",
      field: "instrument",
      detail: "no instrument has this name; GET /public/instruments lists them",
    });
  }

  /** The name of the instrument that a call without one means. */
  get defaultInstrument(): string {
    return this.#default.instrument;
  }

  /**
   * The object that an order is at, and who the order is.
   * @throws Refusal if the id is not a UUID, or none of ours.
   */
  objectOfOrder(orderId: string): {
    object: DurableObjectStub<InstrumentCalls>;
    identity: OrderIdentity;
    spec: InstrumentSpec;
  } {
    if (!UUID.test(orderId)) {
      throw new Refusal({ code: "malformed_order_id", field: "order_id", detail: "order_id must be a UUID" });
    }
    const identity = parseOrderId(orderId);
    const spec = this.specs.find(({ number }) => number === identity?.instrumentNumber);
    if (identity === undefined || spec === undefined) {
      throw new Refusal({ code: "order_not_found", detail: "no order has this id" });
    }
    return { object: this.object(spec.instrument), identity, spec };
  }

  get #default(): InstrumentSpec {
    return this.specs[0] as InstrumentSpec;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

let current: { env: Env; venue: Venue } | undefined;

/** The venue of an environment; read once for each isolate. */
export function venueOf(env: Env): Venue {
  if (current?.env.INSTRUMENTS !== env.INSTRUMENTS) current = { env, venue: new Venue(env) };
  return current?.venue ?? new Venue(env);
}

/** What an instrument answered, as a response. */
export function answerResponse(answer: Answer): Response {
  const { status, isReplay, body } = readAnswer(answer);
  return bodyResponse(status, body, isReplay ? { "idempotency-replayed": "true" } : {});
}

/** A failure of a call to an object, as the platform marks it. */
interface ObjectFailure {
  readonly overloaded?: boolean;
}

/**
 * Calls an object. Where the call fails on the way or the object restarts, whether the command took
 * effect is not known, and the refusal says so.
 */
export async function call<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if ((error as ObjectFailure).overloaded === true) {
      throw new Refusal({ code: "overloaded", detail: "the instrument is overloaded; nothing happened" });
    }
    log("error", "object_call_failed", { error: String(error) });
    throw new Refusal({
      code: "outcome_unknown",
      detail:
        "the instrument restarted before it answered: ask for the order, or repeat with the same idempotency_key",
    });
  }
}
