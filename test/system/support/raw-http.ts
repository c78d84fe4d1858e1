import { once } from "node:events";
import { connect } from "node:net";

/** A request as bytes: nothing is added to it or normalized. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Default: 1.1. */
  readonly version?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}

/** An answer, without what concerns only the connection. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names, sorted. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What concerns only the connection, and what differs between any two answers. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade", "date"];

/** Sends a request on a connection of its own, and reads until the server closes it. */
export async function sendRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  const { method, target, version = "1.1", headers, body } = request;
  const head = [
    `${method} ${target} HTTP/${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  if (body !== undefined) socket.write(body);
  await once(socket, "close");
  return readRaw(Buffer.concat(chunks), method);
}

function readRaw(bytes: Buffer, method: string): RawAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
  });
  const isChunked = fields.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  const rest = bytes.subarray(end + 4);
  const body = isChunked && method !== "HEAD" ? joinChunks(rest) : rest;
  return {
    status: Number(statusLine.slice(9, 12)),
    headers: fields
      .filter(([name]) => !HOP_BY_HOP.includes(name))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    body: body.toString("utf8"),
  };
}

function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const length = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}
