import { expect, test } from "vitest";
import {
  answerText,
  callText,
  FRAME_LENGTH_MAX,
  failureText,
  framesOf,
  LINKED_CALLS,
  type LinkedCall,
  readAnswerLine,
  readCalls,
  resultOf,
  submitText,
} from "../../../durable-objects/link/frames.ts";
import { Random } from "../../support/random.ts";

const METHODS = Object.keys(LINKED_CALLS) as LinkedCall[];

/** Any text: control characters, lone surrogates, and what a frame itself consists of. */
function anyText(random: Random, lengthMax: number): string {
  const units = Array.from({ length: random.below(lengthMax) }, () =>
    random.chance(0.3)
      ? random.pick([...'\t\n\r\\"=![]{}0\u2028\u2029\u0000'].map(unit))
      : random.below(65536),
  );
  return units.map((code) => String.fromCharCode(code)).join("");
}

function unit(text: string): number {
  return text.charCodeAt(0);
}

function anyValue(random: Random, depth: number): unknown {
  const kind = random.weighted({ text: 4, number: 2, flag: 1, none: 1, list: depth, record: depth });
  if (kind === "text") return anyText(random, 20);
  if (kind === "number") return random.pick([0, -1, 0.1, 1e21, Number.MAX_SAFE_INTEGER, random.bits32()]);
  if (kind === "flag") return random.chance(0.5);
  if (kind === "none") return null;
  const values = Array.from({ length: random.below(4) }, () => anyValue(random, depth - 1));
  return kind === "list"
    ? values
    : Object.fromEntries(values.map((value) => [`k${anyText(random, 8)}`, value]));
}

test.each([1, 2, 3, 4, 5])(
  "frames of any calls and answers are read as they were written, seed %i",
  (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 200; round++) {
      const label = `seed ${seed}, round ${round}`;
      const leftMs = random.below(10_001);
      const calls = Array.from({ length: random.between(1, 12) }, (_, index) => {
        const number = String(random.below(1_000) * 100 + index);
        const method = random.pick(METHODS);
        if (method === "submit") {
          const commands = random.between(1, 1_000);
          const line = JSON.stringify(anyValue(random, 3));
          return { number, method, commands, line, text: submitText(line, commands) };
        }
        const args = Array.from({ length: random.below(4) }, () => anyValue(random, 3));
        return { number, method, args, text: callText(method, args) };
      });
      const lines = calls.map(({ number, text }) => `${number}\t${text}`);
      const [frame = "", ...others] = framesOf(lines, String(leftMs));
      expect(others, label).toEqual([]);
      expect(readCalls(frame), label).toEqual({ leftMs, calls: calls.map(({ text, ...call }) => call) });

      const answers = calls.map(({ number, method }) => {
        const form = LINKED_CALLS[method];
        const isFailed = random.chance(0.2);
        const value = form === "nothing" ? undefined : form === "json" ? anyValue(random, 3) : json(random);
        return { number: Number(number), method, isFailed, value };
      });
      const written = answers.map(({ number, method, isFailed, value }) =>
        isFailed ? failureText(String(number), value) : answerText(String(number), method, value),
      );
      const [message = ""] = framesOf(written);
      for (const [index, line] of message.split("\n").entries()) {
        const { number, method, isFailed, value } = answers[index] as (typeof answers)[number];
        const read = readAnswerLine(line);
        expect([read.number, read.isFailed], label).toEqual([number, isFailed]);
        if (isFailed) expect(read.text, label).toBe(String(value));
        else expect(resultOf(method, read.text), label).toEqual(value);
      }
    }
  },
);

function json(random: Random): string {
  return `200 ${JSON.stringify(anyValue(random, 3))}`;
}

test.each([11, 12])("lines are joined to frames of a bounded length, in their order, seed %i", (seed) => {
  const random = new Random(seed);
  const lines = Array.from({ length: 200 }, (_, index) => `${index} `.padEnd(random.magnitude(600_000), "x"));
  lines.splice(random.below(200), 0, "y".repeat(2 * FRAME_LENGTH_MAX));
  const frames = [...framesOf(lines, "head")].map((frame) => frame.split("\n"));
  expect(new Set(frames.map(([head]) => head))).toEqual(new Set(["head"]));
  const bodies = frames.map(([, ...body]) => body);
  expect(bodies.flat().every((line, index) => line === lines[index])).toBe(true);
  expect(bodies.flat()).toHaveLength(lines.length);
  for (const body of bodies)
    expect(body.length === 1 || body.join("").length <= FRAME_LENGTH_MAX, `seed ${seed}`).toBe(true);
  expect([...framesOf([])]).toEqual([]);
});

test("arguments that are not given are not sent, since JSON has no undefined", () => {
  expect(callText("readTrades", [5, undefined])).toBe("readTrades\t[5]");
  expect(callText("readStatus", [])).toBe("readStatus\t[]");
  expect(callText("operate", ["rebuild", undefined])).toBe('operate\t["rebuild"]');
});
