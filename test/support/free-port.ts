import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that systems give to whoever names none. */
const [FIRST, COUNT] = [12_000, 20_000];

/**
 * A port that nobody listens on now. The system would not give it to another test that runs meanwhile, nor to a
 * connection, also where the server of this test is away for a moment.
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
