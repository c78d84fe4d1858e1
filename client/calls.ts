import type * as z from "zod";
import type { batchRequest } from "../protocol/batch-request.ts";
import type { ERROR_STATUS, ErrorCode } from "../protocol/error-code.ts";
import type { NumberLiteral } from "../protocol/json.ts";
import type { amendOrderRequest, cancelAfterRequest, placeOrderRequest } from "../protocol/order-request.ts";
import type { problem } from "../protocol/problem.ts";

/** What the schema of a request reads, as it is written: a number where the venue reads its digits. */
type Written<T> = T extends NumberLiteral
  ? number
  : T extends readonly (infer E)[]
    ? readonly Written<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

/** Without what the connection says already; `T` may be a union. */
type OfConnection<T> = T extends unknown
  ? Omit<T, "client_id" | "instrument"> & { readonly client_id?: string; readonly instrument?: string }
  : never;

type BodyOf<S extends z.ZodType> = OfConnection<Written<z.input<S>>>;

/** Bodies as of the HTTP routes of these names; client and instrument may be left out. */
export type PlaceBody = BodyOf<typeof placeOrderRequest>;
export type BatchBody = BodyOf<typeof batchRequest>;
export type CancelAfterBody = BodyOf<typeof cancelAfterRequest>;
export type AmendBody = Written<z.input<typeof amendOrderRequest>>;
export interface CancelAllBody {
  readonly side?: "buy" | "sell";
}

/** The body of a refusal. */
export type ProblemBody = z.output<typeof problem>;

/** The venue's answer to a request: what HTTP would have answered. */
export interface Answered<T = unknown, S extends number = number> {
  readonly status: S;
  readonly isReplay: boolean;
  readonly body: T;
}

/** What was done, under its status, or why it was refused, under those of refusals. */
export type Answer<T, S extends 200 | 201> =
  | Answered<T, S>
  | Answered<ProblemBody, (typeof ERROR_STATUS)[ErrorCode]>;
