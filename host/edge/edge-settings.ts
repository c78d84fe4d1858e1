import type { EdgeReading } from "../../durable-objects/calls/readings.ts";

/** What an edge is started with. The supervisor sends it over the channel between the processes. */
export interface EdgeSettings {
  /** The port of workerd's HTTP, on the loopback address. */
  readonly workerdPort: number;
  /** The port at which workerd accepts links, on the loopback address. */
  readonly linkPort: number;
  readonly linkSecret: string;
  /** The worker's variables, as workerd has them. */
  readonly vars: Readonly<Record<string, unknown>>;
}

/** What the supervisor sends to an edge. A connection comes with its socket. */
export type ToEdge =
  | { readonly kind: "start"; readonly settings: EdgeSettings }
  | { readonly kind: "connection" }
  | { readonly kind: "ping" }
  | { readonly kind: "read"; readonly ask: number }
  | { readonly kind: "readings"; readonly ask: number; readonly readings: (EdgeReading | null)[] }
  | { readonly kind: "stop" };

/**
 * What an edge sends to the supervisor: that it has started, that it has taken a connection, that it still
 * runs, its own reading, and that it asks for the readings of all.
 */
export type FromEdge =
  | { readonly kind: "started" | "taken" | "pong" }
  | { readonly kind: "reading"; readonly ask: number; readonly reading: EdgeReading }
  | { readonly kind: "ask"; readonly ask: number };
