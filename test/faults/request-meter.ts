import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** The largest request and answer of a path, in bytes, and the number of requests. */
export interface Metered {
  count: number;
  requestBytesMax: number;
  answerBytesMax: number;
}

/** A proxy to a gateway that measures the traffic. */
export async function startMeter(gatewayUrl: string) {
  const paths = new Map<string, Metered>();
  const server = createServer(async (request, response) => {
    try {
      const body = await bytesOf(request);
      const { method = "GET", url = "/", headers } = request;
      const {
        "content-length": _,
        host: __,
        connection: ___,
        "transfer-encoding": ____,
        ...others
      } = headers;
      const answer = await fetch(`${gatewayUrl}${url}`, {
        method,
        headers: others as Record<string, string>,
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const metered = paths.get(url) ?? { count: 0, requestBytesMax: 0, answerBytesMax: 0 };
      paths.set(url, metered);
      metered.count++;
      metered.requestBytesMax = Math.max(metered.requestBytesMax, body.length);
      metered.answerBytesMax = Math.max(metered.answerBytesMax, bytes.length);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(bytes);
    } catch {
      // Like the gateway when it is down.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The traffic since the last call, by path. */
    take(): Record<string, Metered> {
      const taken = Object.fromEntries(paths);
      paths.clear();
      return taken;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
