import type * as z from "zod";
import { validate } from "../validate.ts";
import { type FeedRequest, feedRequest, type placeOp, REQUEST_ID } from "./feed-request.ts";

/**
 * Validates a message of a client. A placed order is by far the most frequent, so it is read without the
 * schema, with the same result.
 * @throws Refusal with the field and the rule.
 */
export function readFeedRequest(json: unknown): FeedRequest {
  return plainPlace(json) ?? validate(json, feedRequest);
}

function plainPlace(json: unknown): z.output<typeof placeOp> | undefined {
  if (!isPlainObject(json) || json.op !== "place" || !isPlainObject(json.body)) return undefined;
  for (const name in json) if (name !== "op" && name !== "request_id" && name !== "body") return undefined;
  const { request_id, body } = json;
  if (request_id === undefined) return { op: "place", body };
  const isValid = typeof request_id === "string" && REQUEST_ID.test(request_id);
  return isValid ? { op: "place", request_id, body } : undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
