import { type Answer, readAnswer } from "../../durable-objects/calls/answer.ts";
import type { InstrumentCalls, InstrumentDoor } from "../../durable-objects/calls/instrument-calls.ts";
import { gatewayName, orderGateways } from "../../durable-objects/calls/order-gateways.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { type OrderIdentity, parseOrderId } from "../../protocol/order-id.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { gatewayDoor } from "./gateway-door.ts";
import { bodyResponse } from "./problem-response.ts";

/** The configured instruments, and access to the object of each. */
export class Venue {
  readonly specs: readonly InstrumentSpec[];
  readonly #env: Env;
  readonly #ids = new Map<string, DurableObjectId>();

  constructor(env: Env) {
    this.specs = readInstrumentSpecs(env.INSTRUMENTS);
    this.#env = env;
  }

  /**
   * Returns the object of an instrument; without a name, that of the default instrument.
   * @param sender the name of the client or the order that the call is about. Where there are gateways, all
   * calls with the same sender go through the same one, which keeps their order.
   * @throws Refusal if the instrument is not configured.
   */
  object(instrument: string | undefined, sender?: string): InstrumentDoor {
    const { LINKS, GATEWAY, ORDER_GATEWAYS } = this.#env;
    const { instrument: name, locationHint } = this.spec(instrument);
    if (LINKS !== undefined) return LINKS(name);
    const gateways = orderGateways(ORDER_GATEWAYS);
    if (gateways === 0) return this.stub(instrument);
    const gateway = gatewayName(sender ?? name, gateways, locationHint);
    return gatewayDoor(GATEWAY.getByName(gateway, hintOf(locationHint)), name);
  }

  /**
   * Returns the platform's stub of an instrument's object, which also completes the upgrade of connections.
   * @throws Refusal if the instrument is not configured.
   */
  stub(instrument: string | undefined): DurableObjectStub<InstrumentCalls> {
    const { instrument: name, locationHint } = this.spec(instrument);
    const { INSTRUMENT } = this.#env;
    const id = this.#ids.get(name) ?? INSTRUMENT.idFromName(name);
    this.#ids.set(name, id);
    return INSTRUMENT.get(id, hintOf(locationHint));
  }

  /**
   * Returns the configuration of an instrument; without a name, that of the default instrument.
   * @throws Refusal if the instrument is not configured.
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

  /** The name of the instrument that is used if a call names none. */
  get defaultInstrument(): string {
    return this.#default.instrument;
  }

  /**
   * Returns the object that has an order, and the order's identity.
   * @throws Refusal if the id is not a UUID, or not an order id of this venue.
   */
  objectOfOrder(orderId: string): {
    object: InstrumentDoor;
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
    return { object: this.object(spec.instrument, orderId.toLowerCase()), identity, spec };
  }

  get #default(): InstrumentSpec {
    return this.specs[0] as InstrumentSpec;
  }
}

function hintOf(locationHint: DurableObjectLocationHint | undefined) {
  return locationHint === undefined ? {} : { locationHint };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

let current: { instruments: unknown; gateways: unknown; venue: Venue } | undefined;

/** The venue of an environment, created once per isolate, and again where a test sets other variables. */
export function venueOf(env: Env): Venue {
  const { INSTRUMENTS: instruments, ORDER_GATEWAYS: gateways } = env;
  if (current === undefined || current.instruments !== instruments || current.gateways !== gateways)
    current = { instruments, gateways, venue: new Venue(env) };
  return current.venue;
}

/** Formats an instrument's answer as a response. */
export function answerResponse(answer: Answer): Response {
  const { status, isReplay, body } = readAnswer(answer);
  return bodyResponse(status, body, isReplay ? { "idempotency-replayed": "true" } : {});
}

/** A failed call to an object, as the platform marks it. */
interface ObjectFailure {
  readonly overloaded?: boolean;
}

/**
 * Calls an object. If the call fails on the way or the object restarts, it is unknown whether the command
 * took effect, and the refusal says so.
 */
export async function call<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    // A call that was not made has its refusal.
    if (error instanceof Refusal) throw error;
    if ((error as ObjectFailure).overloaded === true) {
      throw new Refusal({ code: "overloaded", detail: "the instrument is overloaded; nothing happened" });
    }
    log("error", "object_call_failed", { error: String(error) });
    throw new Refusal({
      code: "outcome_unknown",
      detail:
        "the instrument restarted before it answered; read the order, or repeat the request with the same idempotency_key",
    });
  }
}
