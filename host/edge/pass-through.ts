import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

const LOOPBACK = "127.0.0.1";
const FORWARDED_FOR = "X-Forwarded-For";
/** How long a client that has been disconnected may take to read what was sent before. */
const LAST_BYTES_MS_MAX = 5_000;

/**
 * Passes a connection that asks for an upgrade to workerd, byte for byte, in both directions. The head stays as
 * it was, `Host` included, and gets the client's address.
 */
export function passUpgrade(port: number, request: IncomingMessage, socket: Duplex, first: Buffer): void {
  const upstream = connect(port, LOOPBACK);
  upstream.setNoDelay(true);
  endWith(socket, upstream);
  endWith(upstream, socket);
  upstream.write(headOf(request));
  if (first.length > 0) upstream.write(first);
  socket.pipe(upstream).pipe(socket);
}

/**
 * Passes a request to workerd that names an upgrade without asking the connection for it, and returns the
 * answer.
 */
export function passRequest(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, rawHeaders } = request;
  const upstream = httpRequest(
    { host: LOOPBACK, port, method, path: url, headers: withAddress(request, rawHeaders) },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    },
  );
  upstream.on("error", () => response.destroy());
  request.pipe(upstream);
}

/** Ends a stream when another has ended. What was written to it before still has a while to leave. */
function endWith(ended: Duplex, other: Duplex): void {
  ended.on("error", () => other.destroy());
  ended.once("close", () => {
    other.end();
    setTimeout(() => other.destroy(), LAST_BYTES_MS_MAX).unref();
  });
}

function headOf(request: IncomingMessage): string {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  const headers = withAddress(request, rawHeaders);
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Raw headers, with the client's address behind those of the proxies before this one. */
function withAddress({ socket }: IncomingMessage, rawHeaders: readonly string[]): string[] {
  const address = socket.remoteAddress ?? "unknown";
  const headers = [...rawHeaders];
  const at = headers.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === FORWARDED_FOR.toLowerCase(),
  );
  if (at < 0) headers.push(FORWARDED_FOR, address);
  else headers[at + 1] = `${headers[at + 1]}, ${address}`;
  return headers;
}
