import { once } from "node:events";
import { createServer } from "node:net";

/** The second address that `localhost` may resolve to. */
export const SECOND_LOOPBACK = "::1";

/**
 * Whether a port of `::1` can be listened on; `none` if the machine has no such address.
 * @throws on any error other than that the port is taken.
 */
export async function secondLoopback(port: number): Promise<"free" | "taken" | "none"> {
  const server = createServer().listen(port, SECOND_LOOPBACK);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(code)) return "none";
    if (code === "EADDRINUSE") return "taken";
    throw cause;
  }
  const closed = once(server, "close");
  server.close();
  await closed;
  return "free";
}
