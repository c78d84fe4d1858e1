import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems assign by default. */
const [FIRST, COUNT] = [12_000, 20_000];

/**
 * A port that is free now. The system does not assign it to other tests or to connections, even while this
 * test's server is down for a moment.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw cause;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
