import type { ObjectCall } from "./call.ts";

const GATEWAYS_MAX = 64;

/** Parses the number of gateways from its variable; 0, the default, is none. @throws with the broken rule. */
export function orderGateways(text: string | undefined): number {
  const count = Number(text || 0);
  if (Number.isInteger(count) && count >= 0 && count <= GATEWAYS_MAX) return count;
  throw new Error(`ORDER_GATEWAYS must be a whole number from 0 to ${GATEWAYS_MAX}, but is "${text}"`);
}

/**
 * The name of the gateway for a sender's calls. It is the same for as long as the number of gateways is. Each
 * region of instruments has its own gateways.
 * @param region the location hint of the instrument, if it has one.
 */
export function gatewayName(sender: string, count: number, region = "anywhere"): string {
  return `${region}/${hashOf(sender) % count}`;
}

/** FNV-1a over the UTF-16 code units of a text. Its low bits alone depend on too little, so the high ones join. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The sender of a request: its client, or the order that it changes. A batch without a client has the sender
 * of its first entry with one. Undefined if nobody is named.
 */
export function senderOf(request: ObjectCall): string | undefined {
  switch (request.kind) {
    case "place":
    case "oco":
    case "cancel_all":
      return request.clientId;
    case "cancel":
    case "amend":
      return request.orderId;
    case "batch":
      return request.clientId ?? request.entries.map(senderOf).find((sender) => sender !== undefined);
    default:
      return undefined;
  }
}
