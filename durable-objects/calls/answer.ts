import { ERROR_STATUS, type Problem, problemBody } from "../../protocol/error-code.ts";

/**
 * An answer to a command as one string, the cheapest form for a Durable Object to return and to store: three
 * digits of HTTP status, `R` for a repeated stored answer or a space otherwise, then the body.
 */
export type Answer = string;

export function answer(status: number, body: string): Answer {
  return `${status} ${body}`;
}

export function problemAnswer(problem: Problem): Answer {
  return answer(ERROR_STATUS[problem.code], problemBody(problem));
}

/** The same answer, marked as a repeated one. */
export function replayed(stored: Answer): Answer {
  return `${stored.slice(0, 3)}R${stored.slice(4)}`;
}

export function readAnswer(text: Answer): { status: number; isReplay: boolean; body: string } {
  return { status: Number(text.slice(0, 3)), isReplay: text[3] === "R", body: text.slice(4) };
}
