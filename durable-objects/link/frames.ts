import type { Answer } from "../calls/answer.ts";
import type { CallLine } from "../calls/call.ts";
import type { InstrumentCalls } from "../calls/instrument-calls.ts";

/**
 * The version of the link's protocol. Both ends must have the same one.
 *
 * A frame is a text of lines. A line consists of fields with a tab between them. Every field is a number, a
 * word, or JSON, which contains neither tabs nor line breaks.
 *
 * - A frame of calls: first the milliseconds within which the calls must begin, then a line for each call,
 *   `number method arguments`. The arguments are a JSON array. For `submit` they are two fields instead: the
 *   number of commands, and the call's line as it is.
 * - A frame of answers: a line for each answer, `number = value` or `number ! message`. The second means that
 *   the call failed and its outcome is unknown.
 */
export const LINK_VERSION = 1;
/** The close code for a peer with another version of the protocol. */
export const OTHER_VERSION = 4400;
/** The path at which an object accepts a link. */
export const LINK_PATH = "/link";
/** The longest frame in characters, unless a single line is longer. */
export const FRAME_LENGTH_MAX = 1_000_000;

/** The calls that a link carries, and the form of their results. Texts are sent as they are. */
export const LINKED_CALLS = {
  submit: "text",
  readBook: "text",
  readTrades: "text",
  readOrder: "text",
  readOpenOrders: "text",
  readByClientOrderId: "text",
  readStatus: "text",
  readAnalytics: "text",
  readMetrics: "json",
  readHealth: "json",
  refreshMirror: "nothing",
  operate: "text",
  cancelAfter: "text",
} as const satisfies Partial<Record<keyof InstrumentCalls, "text" | "json" | "nothing">>;

export type LinkedCall = keyof typeof LINKED_CALLS;

/** A call as one field or several of a line, without its number. */
export type CallText = string;

/** The line of a call, without its number. */
export function callText(method: Exclude<LinkedCall, "submit">, args: readonly unknown[]): CallText {
  // JSON has no undefined: an argument that is not given would arrive as null.
  const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
  return `${method}\t${JSON.stringify(given)}`;
}

/** The line of a submitted request, without its number. */
export function submitText(line: CallLine, commands: number): CallText {
  return `submit\t${commands}\t${line}`;
}

/** A call that arrived. */
export type ArrivedCall =
  | { readonly number: string; readonly method: "submit"; readonly commands: number; readonly line: CallLine }
  | {
      readonly number: string;
      readonly method: Exclude<LinkedCall, "submit">;
      readonly args: readonly unknown[];
    };

/** A frame of calls that arrived. */
export interface ArrivedCalls {
  /** The milliseconds within which the calls must begin. */
  readonly leftMs: number;
  readonly calls: readonly ArrivedCall[];
}

/** Parses a frame of calls. @throws if any of it is not as it must be. */
export function readCalls(frame: string): ArrivedCalls {
  const [head = "", ...lines] = frame.split("\n");
  if (lines.length === 0) throw new Error("a frame has at least one call");
  return { leftMs: wholeNumber(head), calls: lines.map(readCall) };
}

function readCall(text: string): ArrivedCall {
  const first = text.indexOf("\t");
  const second = text.indexOf("\t", first + 1);
  const number = text.slice(0, first);
  wholeNumber(number);
  const method = text.slice(first + 1, second);
  if (method === "submit") {
    const third = text.indexOf("\t", second + 1);
    const commands = wholeNumber(text.slice(second + 1, third));
    if (commands === 0) throw new Error("a request has at least one command");
    return { number, method, commands, line: text.slice(third + 1) };
  }
  if (!Object.hasOwn(LINKED_CALLS, method))
    throw new Error(`a link carries no call ${JSON.stringify(method)}`);
  const args: unknown = JSON.parse(text.slice(second + 1));
  if (!Array.isArray(args)) throw new Error("the arguments of a call are an array");
  return { number, method: method as Exclude<LinkedCall, "submit">, args };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${JSON.stringify(text)} is no whole number`);
  return Number(text);
}

/** The line of an answer. */
export function answerText(number: string, method: LinkedCall, value: unknown): string {
  const form = LINKED_CALLS[method];
  const text = form === "text" ? (value as Answer) : form === "json" ? JSON.stringify(value) : "";
  return `${number}\t=\t${text}`;
}

/** The line of a failed call. */
export function failureText(number: string, error: unknown): string {
  return `${number}\t!\t${JSON.stringify(String(error))}`;
}

/** An answer that arrived. */
export interface ArrivedAnswer {
  readonly number: number;
  /** Whether the call failed. The text is then the message. */
  readonly isFailed: boolean;
  readonly text: string;
}

/** Parses a line of a frame of answers. */
export function readAnswerLine(line: string): ArrivedAnswer {
  const end = line.indexOf("\t");
  const isFailed = line[end + 1] === "!";
  const text = line.slice(end + 3);
  return { number: Number(line.slice(0, end)), isFailed, text: isFailed ? JSON.parse(text) : text };
}

/** The result of a call, from the text of its answer. */
export function resultOf(method: LinkedCall, text: string): unknown {
  const form = LINKED_CALLS[method];
  return form === "text" ? text : form === "json" ? JSON.parse(text) : undefined;
}

/** Joins lines to frames of a bounded length. @param head the first line of each frame. */
export function* framesOf(lines: readonly string[], head?: string): Generator<string> {
  let frame: string[] = [];
  let length = 0;
  const whole = () => (head === undefined ? frame : [head, ...frame]).join("\n");
  for (const line of lines) {
    if (length > 0 && length + line.length > FRAME_LENGTH_MAX) {
      yield whole();
      frame = [];
      length = 0;
    }
    frame.push(line);
    length += line.length;
  }
  if (frame.length > 0) yield whole();
}
