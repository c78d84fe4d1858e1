/** What an edge is started with. The supervisor sends it over the channel between the processes. */
export interface EdgeSettings {
  /** The addresses to listen on, all at the same port. Port 0 selects a free one. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** The port of workerd's HTTP, on the loopback address. */
  readonly workerdPort: number;
  /** The port at which workerd accepts links, on the loopback address. */
  readonly linkPort: number;
  readonly linkSecret: string;
  /** The worker's variables, as workerd has them. */
  readonly vars: Readonly<Record<string, unknown>>;
}

/** What the supervisor sends to an edge. */
export type ToEdge = { readonly kind: "start"; readonly settings: EdgeSettings } | { readonly kind: "stop" };

/** What an edge sends to the supervisor. */
export type FromEdge =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "failed"; readonly message: string };
