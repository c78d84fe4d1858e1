import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { type FaultRegistry, type FaultRule, webSocketFaultKinds } from "./faults.ts";
import { messageOf } from "./http.ts";

const paths = new Set(["/v1", "/v2"]);

export interface WebSocketPipe {
  /** Serves one upgrade request: connects it to the database, or refuses it with an HTTP status. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts every open connection. */
  close(): void;
}

/**
 * A WebSocket whose binary messages are the bytes of a Postgres connection. It always leads to `target`. The
 * address in the request is ignored: otherwise the gateway would give access to every host that it can reach.
 */
export function openWebSocketPipe(
  target: URL,
  faults: FaultRegistry,
  log: (line: string) => void,
): WebSocketPipe {
  const closing = new AbortController();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const serve = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const refusal = refusalOf(request);
    if (refusal !== null) return refuse(socket, refusal);
    const fault = faults.draw({ target: "postgres", body: null, kinds: webSocketFaultKinds });
    if (fault?.kind === "delay") await sleep(fault.milliseconds, undefined, { signal: closing.signal });
    if (fault?.kind === "refuse") return void socket.destroy();
    if (fault?.kind === "status") return refuse(socket, `${fault.status} Injected fault`);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      pipe(webSocket, target, fault).catch((cause) =>
        log(`a WebSocket to Postgres ended: ${messageOf(cause)}`),
      );
    });
  };
  return {
    upgrade: (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      serve(request, socket, head).catch((cause) => {
        log(`a WebSocket upgrade failed: ${messageOf(cause)}`);
        socket.destroy();
      });
    },
    close: () => {
      closing.abort();
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function refusalOf(request: IncomingMessage): string | null {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (!paths.has(pathname)) return "404 Not Found";
  // Any web page may open a WebSocket to this machine. Only browsers send an origin.
  if (request.headers.origin !== undefined) return "403 Forbidden";
  return null;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

async function pipe(webSocket: WebSocket, target: URL, fault: FaultRule | null): Promise<void> {
  const database: Socket = connect(Number(target.port || 5432), target.hostname.replace(/^\[|\]$/g, ""));
  database.setNoDelay(true);
  if (fault?.kind === "reset") database.once("data", () => webSocket.terminate());
  const client = createWebSocketStream(webSocket);
  try {
    await pipeline(client, database, client);
  } catch (cause) {
    // Either side may disconnect without notice. For the other side that is a lost connection, not a failure
    // here.
    if (isUnreachable(cause)) throw cause;
  } finally {
    webSocket.terminate();
    database.destroy();
  }
}

function isUnreachable(cause: unknown): boolean {
  return ["ECONNREFUSED", "EHOSTUNREACH", "ENOTFOUND", "ETIMEDOUT"].includes(
    (cause as NodeJS.ErrnoException).code ?? "",
  );
}
