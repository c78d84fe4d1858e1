import type { InstrumentDoor } from "../calls/instrument-calls.ts";
import { callText, type LinkedCall, resultOf, submitText } from "./frames.ts";
import type { Link } from "./link.ts";

/** An instrument's object, called over a link. */
export function linkedInstrument(link: Pick<Link, "call">): InstrumentDoor {
  const plain = <M extends Exclude<LinkedCall, "submit">>(method: M): InstrumentDoor[M] =>
    // The caller's types are those of the method, and the other end has the same table of methods.
    (async (...args: readonly unknown[]) =>
      resultOf(method, await link.call(callText(method, args)))) as InstrumentDoor[M];
  return {
    submit: (line, commands = 1) => link.call(submitText(line, commands)),
    readBook: plain("readBook"),
    readTrades: plain("readTrades"),
    readOrder: plain("readOrder"),
    readOpenOrders: plain("readOpenOrders"),
    readByClientOrderId: plain("readByClientOrderId"),
    readStatus: plain("readStatus"),
    readAnalytics: plain("readAnalytics"),
    readMetrics: plain("readMetrics"),
    readHealth: plain("readHealth"),
    refreshMirror: plain("refreshMirror"),
    operate: plain("operate"),
    cancelAfter: plain("cancelAfter"),
  };
}
