import type { ClientNumber, OrderNumber, PriceTicks, QuantityLots, Side, TimeMs } from "./units.ts";

/** A limit order: takes what it can up to its price, then rests. */
export interface PlaceLimitCommand {
  readonly kind: "place_limit";
  readonly timeMs: TimeMs;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks;
  readonly quantityLots: QuantityLots;
}

/** A market order: takes what is there at any price; what is left is cancelled. */
export interface PlaceMarketCommand {
  readonly kind: "place_market";
  readonly timeMs: TimeMs;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly quantityLots: QuantityLots;
}

/** Takes a resting order off the book at its owner's wish. */
export interface CancelCommand {
  readonly kind: "cancel";
  readonly timeMs: TimeMs;
  readonly orderNumber: OrderNumber;
}

export type PlaceCommand = PlaceLimitCommand | PlaceMarketCommand;

/** Everything that can change a book. The shell stamps the time; the engine never asks for it. */
export type Command = PlaceCommand | CancelCommand;
