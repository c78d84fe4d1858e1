import type { GatewayCalls } from "../../durable-objects/calls/gateway-calls.ts";
import type { InstrumentDoor } from "../../durable-objects/calls/instrument-calls.ts";
import { linkedInstrument } from "../../durable-objects/link/linked-instrument.ts";
import { Refusal } from "../../protocol/refusal.ts";

/** An instrument's object, called through a gateway. */
export function gatewayDoor(gateway: DurableObjectStub<GatewayCalls>, instrument: string): InstrumentDoor {
  return linkedInstrument({
    call: async (text) => {
      const outcome = await gateway.call(instrument, text);
      if (typeof outcome === "string") return outcome;
      throw outcome.kind === "not_made" ? new Refusal(outcome.problem) : new Error(outcome.error);
    },
  });
}
