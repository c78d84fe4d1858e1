import type { Refused } from "./refused.ts";

export interface ClientOptions {
  /** The URL of the venue, such as `http://localhost:3000`. */
  readonly url: string;
  /** Default: the venue's default instrument. */
  readonly instrument?: string;
  /** The client that places orders, and whose `executions` may be followed. */
  readonly clientId?: string;
  /** Whether the client's open orders are cancelled when its last connection ends. */
  readonly cancelsOnDisconnect?: boolean;
  /** How long a request may wait for a connection and its answer. Default: 30 seconds. */
  readonly requestMsMax?: number;
  /** Opens a socket. It throws `Refused` if reconnecting cannot help. Default: `new WebSocket(url)`. */
  readonly connect?: (url: string) => WebSocket | Promise<WebSocket>;
  /** Called at each end of a connection. The client reconnects by itself. */
  readonly onDisconnect?: (code: number) => void;
  /**
   * Called after each failed attempt to connect, with what is known about the cause. The client retries by
   * itself. By default, the first failure of a series is logged as a warning on the console.
   */
  readonly onUnreachable?: (error: Error) => void;
  /** Called once if the venue refuses the connection permanently. The client does not retry. */
  readonly onRefused?: (refusal: Refused) => void;
}
