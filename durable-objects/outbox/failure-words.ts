import { ShownError } from "./sink/shown-error.ts";

/**
 * Known failures by a part of their message. The message itself is never shown: it may contain an address, a
 * password or an order.
 */
const KNOWN: readonly (readonly [part: RegExp, words: string])[] = [
  [/\b(?:TimeoutError|ETIMEDOUT)\b/, "no answer in time"],
  [/\bECONNREFUSED\b/, "the database refuses connections"],
  [/\b(?:ENOTFOUND|EAI_AGAIN)\b/, "the host has no address"],
  [/\b(?:EHOSTUNREACH|ENETUNREACH)\b/, "the host cannot be reached"],
  [/\b(?:ECONNRESET|EPIPE|Connection terminated)\b/, "the connection was cut"],
  [/\bNetwork connection lost\b/, "the connection was refused or cut"],
  [/\binternal error; reference\b/, "no connection; the host may have no address"],
  [/\b(?:is not valid JSON|Unexpected token|Unexpected end of JSON)/, "the answer cannot be read"],
];

/** An HTTP status that came instead of an answer. */
const HTTP_STATUS = /\bHTTP status (\d{3})\b/;
/** The word that begins an error of Redis. */
const REDIS_WORD = /\bUpstashError: ([A-Z]{2,20})\b/;
const CODE = /^[0-9A-Za-z_]{1,40}$/;

/** Describes a failure in words that are safe to show to anybody: its class, its code, and its meaning. */
export function failureWords(error: unknown): string {
  if (error instanceof ShownError) return error.message;
  if (!(error instanceof Error)) return "an unknown error; the log has details";
  // The client of Redis appends the whole command to its message.
  const text = `${error.name}: ${error.message}`.split("command was:")[0] ?? "";
  const words = KNOWN.find(([part]) => part.test(text))?.[1];
  const status = HTTP_STATUS.exec(text)?.[1];
  const told = [status === undefined ? undefined : `HTTP ${status}`, words].filter(
    (part) => part !== undefined,
  );
  const name = [error.name, codeOf(error, text)].filter((part) => part !== undefined).join(" ");
  if (error.name === "Error") return told.join(", ") || "an unknown error; the log has details";
  return error.name === "TimeoutError" || told.length === 0 ? name : `${name}: ${told.join(", ")}`;
}

function codeOf(error: Error, text: string): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && CODE.test(code) ? code : REDIS_WORD.exec(text)?.[1];
}
