import type * as z from "zod";
import type { batchRequest } from "../protocol/batch-request.ts";
import type { ERROR_STATUS, ErrorCode } from "../protocol/error-code.ts";
import type { NumberLiteral } from "../protocol/json.ts";
import type { amendOrderRequest, cancelAfterRequest, placeOrderRequest } from "../protocol/order-request.ts";
import type { problem } from "../protocol/problem.ts";

/**
 * The input of a request's schema, in types that a caller writes: a number where the schema reads a literal.
 */
type Written<T> = T extends NumberLiteral
  ? number
  : T extends readonly (infer E)[]
    ? readonly Written<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

/** Omits the fields that the connection already states. `T` may be a union. */
type OfConnection<T> = T extends unknown
  ? Omit<T, "client_id" | "instrument"> & { readonly client_id?: string; readonly instrument?: string }
  : never;

type BodyOf<S extends z.ZodType> = OfConnection<Written<z.input<S>>>;

/** Bodies of the HTTP routes with these names. Client and instrument may be omitted. */
export type PlaceBody = BodyOf<typeof placeOrderRequest>;
export type BatchBody = BodyOf<typeof batchRequest>;
export type CancelAfterBody = BodyOf<typeof cancelAfterRequest>;
export type AmendBody = Written<z.input<typeof amendOrderRequest>>;
export interface CancelAllBody {
  readonly side?: "buy" | "sell";
}

/** The body of a refusal. */
export type ProblemBody = z.output<typeof problem>;

/** The venue's answer to a request. It equals the answer over HTTP. */
export interface Answered<T = unknown, S extends number = number> {
  readonly status: S;
  readonly isReplay: boolean;
  readonly body: T;
}

/** The result with its success status, or the refusal with its error status. */
export type Answer<T, S extends 200 | 201> =
  | Answered<T, S>
  | Answered<ProblemBody, (typeof ERROR_STATUS)[ErrorCode]>;
