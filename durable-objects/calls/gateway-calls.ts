import type { Problem } from "../../protocol/error-code.ts";

/** A call without an answer: it was not made, for a reason, or it is unknown what became of it. */
export type NoAnswer =
  | { readonly kind: "not_made"; readonly problem: Pick<Problem, "code" | "detail"> }
  | { readonly kind: "unknown"; readonly error: string };

/** The calls of a gateway's object. */
export interface GatewayCalls extends Rpc.DurableObjectBranded {
  /**
   * Makes a call of an instrument over the gateway's link to it.
   * @param text the call as a link carries it.
   * @returns the text of the answer, or what happened instead. An error would lose its class on the way.
   */
  call(instrument: string, text: string): Promise<string | NoAnswer>;
}
