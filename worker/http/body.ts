import { JsonError, NumberLiteral, readJson } from "../../protocol/json.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { expectNoQuery } from "./query.ts";

/** The largest body of a request other than a batch, in bytes. */
export const BODY_BYTES_MAX = 16 * 1024;
/** The largest body of a batch, in bytes. */
export const BATCH_BYTES_MAX = 1024 * 1024;
/** The time within which a body must arrive, counted from the head of its request. */
const BODY_MS_MAX = 10_000;

/**
 * Reads and validates a JSON body. A route with a body accepts no query.
 *
 * @param read validates the parsed body.
 * @throws Refusal with the broken rule that takes precedence.
 */
export async function readBody<T>(
  request: Request,
  read: (body: object) => T,
  bytesMax = BODY_BYTES_MAX,
): Promise<T> {
  const type = request.headers.get("content-type");
  if (type === null || !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal({
      code: "unsupported_media_type",
      detail: "the content type must be application/json",
    });
  }
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && !/^\s*identity\s*$/i.test(encoding)) {
    throw new Refusal({
      code: "unsupported_media_type",
      detail: "the body must not be compressed: no Content-Encoding is supported",
    });
  }
  const body = parse(decode(await inTime(readBytes(request, bytesMax))));
  if (typeof body !== "object" || body === null || Array.isArray(body) || body instanceof NumberLiteral) {
    throw new Refusal({ code: "wrong_type", detail: "the body must be a JSON object" });
  }
  const value = read(body);
  expectNoQuery(request);
  return value;
}

/**
 * Bounds the time of reading a body.
 * @throws Refusal if the body does not arrive in time or breaks off. Nothing was done in that case.
 */
async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<never>((_, reject) => {
    const detail = `the body must arrive within ${BODY_MS_MAX / 1000} seconds`;
    timer = setTimeout(() => reject(new Refusal({ code: "body_timeout", detail })), BODY_MS_MAX);
  });
  try {
    return await Promise.race([reading, limit]);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw malformed("it is shorter than its Content-Length");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reads the body's bytes. A declared length is checked before any byte is read, an undeclared one during the
 * reading.
 */
async function readBytes(request: Request, bytesMax: number): Promise<ArrayBuffer | Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge(bytesMax);
    return request.arrayBuffer();
  }
  const bytes = new Uint8Array(bytesMax);
  let length = 0;
  for await (const chunk of request.body ?? []) {
    if (length + chunk.byteLength > bytesMax) throw tooLarge(bytesMax);
    bytes.set(chunk, length);
    length += chunk.byteLength;
  }
  return bytes.subarray(0, length);
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal({ code: "body_too_large", detail: `the body must be at most ${bytesMax} bytes` });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed("not valid UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw malformed(error.message);
    throw error;
  }
}

function malformed(rule: string): Refusal {
  return new Refusal({ code: "malformed_json", detail: `the body cannot be read: ${rule}` });
}
