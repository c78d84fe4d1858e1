import type { Refused } from "./refused.ts";

export interface ClientOptions {
  /** Where the venue is, such as `http://localhost:3000`. */
  readonly url: string;
  /** The default one where absent. */
  readonly instrument?: string;
  /** Who places orders, and whose `executions` may be followed. */
  readonly clientId?: string;
  /** Whether the open orders of the client end with its last connection. */
  readonly cancelsOnDisconnect?: boolean;
  /** How long a request may wait, for a connection and its answer; 30 seconds where absent. */
  readonly requestMsMax?: number;
  /** Opens a socket, or throws `Refused` where coming back cannot help; `new WebSocket(url)` where absent. */
  readonly connect?: (url: string) => WebSocket | Promise<WebSocket>;
  /** Told of every end of a connection; the client comes back by itself. */
  readonly onDisconnect?: (code: number) => void;
  /**
   * Told of every attempt at a connection that failed, with what is known of why: the client tries again by
   * itself. Where absent, the first of a row of them is a warning on the console.
   */
  readonly onUnreachable?: (error: Error) => void;
  /** Told, once, that the venue refuses the connection for good: the client does not try again. */
  readonly onRefused?: (refusal: Refused) => void;
}
