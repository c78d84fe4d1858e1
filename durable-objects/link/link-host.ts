/** The close code of a connection that has done its work. */
export const NORMAL = 1000;

/** The part of a WebSocket that a link uses. Node's and the platform's sockets both have it. */
export interface LinkSocket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: "error", listener: (event: object) => void): void;
}

/** What a link needs of its host. */
export interface LinkHost {
  /** Opens a socket to the object. @throws if that fails. */
  readonly connect: () => Promise<LinkSocket>;
  /** A clock in milliseconds that is never set back. */
  readonly nowMs: () => number;
  /** Calls back after everything that is ready now, so that its calls share a frame. */
  readonly soon: (call: () => void) => void;
  /** @param signal ends the waiting before its time, with an error. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/**
 * Connects within a time. A socket that opens later, or is not needed any more, is closed.
 * @throws if there is no socket by then.
 */
export async function connectInTime(
  host: Pick<LinkHost, "connect" | "wait">,
  milliseconds: number,
  isNeeded: () => boolean,
): Promise<LinkSocket> {
  let isLate = false;
  const ended = new AbortController();
  const late = host.wait(milliseconds, ended.signal).then(() => {
    isLate = true;
    throw new Error("the connection did not open in time");
  });
  const opened = host.connect().then((socket) => {
    if (!isLate && isNeeded()) return socket;
    socket.close(NORMAL, "the connection is not needed any more");
    throw new Error("the connection opened too late");
  });
  try {
    return await Promise.race([opened, late]);
  } finally {
    ended.abort();
  }
}
