import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP answer. `body` is sent as it is, as JSON text. */
export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** A request fails with `status` and an explanation. Handlers throw this. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
  }
}

/** An answer with a value as JSON. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body: JSON.stringify(value), headers };
}

/** Reads a body as one string. A body over the limit is `HttpError` 413, one that is not UTF-8 is 400. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and discarded: an answer sent while the client still writes can get lost.
    if (size <= limitBytes) chunks.push(chunk);
  }
  if (size > limitBytes) throw new HttpError(413, `the body is larger than ${limitBytes} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new HttpError(400, `the body is not valid UTF-8: ${messageOf(cause)}`);
  }
}

/** Parses JSON. Malformed JSON is `HttpError` 400. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, `the body is not valid JSON: ${messageOf(cause)}`);
  }
}

/** Sends an answer. */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers });
  response.end(body);
}

/** The message of a caught value, or the value as text. */
export function messageOf(caught: unknown): string {
  if (caught instanceof AggregateError && caught.message === "") {
    return caught.errors.map(messageOf).join("; ");
  }
  return caught instanceof Error ? caught.message : String(caught);
}

/** An HTTP server that listens. */
export interface Listening {
  server: Server;
  port: number;
  /** Stops listening and cuts the open connections. Resolves when all are gone. */
  close(): Promise<void>;
}

/** Listens on `host:port`. Port 0 selects a free one. Resolves once connections are accepted. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
  port: number,
): Promise<Listening> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
