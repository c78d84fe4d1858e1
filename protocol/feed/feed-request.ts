import * as z from "zod";
import { instrumentField, integerInput, orderIdField } from "../fields.ts";
import { CHANNELS } from "./feed-channel.ts";

/*
 * The messages that a client sends over `GET /stream`, apart from the text "ping". Each is one JSON object,
 * and `op` names its kind.
 */

export const channelField = z.enum(CHANNELS);

/** The longest accepted message, in characters. */
export const REQUEST_LENGTH_MAX = 64 * 1024;

/** A name that the client gives a request. The answer repeats it. */
export const REQUEST_ID = /^[!-~]{1,64}$/;
export const requestIdField = z.string().regex(REQUEST_ID, "must be 1 to 64 visible ASCII characters");
const requestId = {
  request_id: requestIdField
    .optional()
    .meta({ description: "The client's name for the request. The answer repeats it." }),
};
const sequenceInput = integerInput(0, Number.MAX_SAFE_INTEGER);
const channels = z.array(channelField).min(1).max(CHANNELS.length);
const instrument = instrumentField
  .optional()
  .meta({ description: "Default: the instrument of the connection." });
const body = z.record(z.string(), z.unknown());

/** Starts channels. Each begins with a snapshot, or with the messages missed since `resume_from`. */
export const subscribeRequest = z
  .strictObject({
    op: z.literal("subscribe"),
    ...requestId,
    instrument,
    channels,
    resume_from: sequenceInput
      .optional()
      .meta({ description: "`seq` of the last message of these channels that the client has." }),
    epoch: sequenceInput
      .optional()
      .meta({ description: "Epoch of that message. Required with `resume_from`." }),
  })
  .meta({ id: "Subscribe" });

export const unsubscribeRequest = z
  .strictObject({ op: z.literal("unsubscribe"), ...requestId, instrument, channels })
  .meta({ id: "Unsubscribe" });

/** Acknowledges what the client has read. It has no answer. */
export const ackRequest = z
  .strictObject({
    op: z.literal("ack"),
    received: sequenceInput.meta({
      description: "Number of characters that the client has received since its last `ack`.",
    }),
  })
  .meta({ id: "Ack" });

export const placeOp = z
  .strictObject({
    op: z.literal("place"),
    ...requestId,
    body: body.meta({ description: "The body of `POST /orders`." }),
  })
  .meta({ id: "Place" });
export const cancelOp = z
  .strictObject({ op: z.literal("cancel"), ...requestId, order_id: orderIdField })
  .meta({ id: "Cancel" });
export const amendOp = z
  .strictObject({
    op: z.literal("amend"),
    ...requestId,
    order_id: orderIdField,
    body: body.meta({ description: "The body of `POST /orders/{order_id}/amend`." }),
  })
  .meta({ id: "Amend" });
export const batchOp = z
  .strictObject({
    op: z.literal("batch"),
    ...requestId,
    body: body.meta({ description: "The body of `POST /orders/batch`." }),
  })
  .meta({ id: "Batch" });
export const cancelAllOp = z
  .strictObject({
    op: z.literal("cancel_all"),
    ...requestId,
    body: body.optional().meta({ description: "The body of `POST /orders/cancel-all`." }),
  })
  .meta({ id: "CancelAll" });
export const cancelAfterOp = z
  .strictObject({
    op: z.literal("cancel_after"),
    ...requestId,
    body: body.meta({ description: "The body of `POST /orders/cancel-after`." }),
  })
  .meta({ id: "CancelAfter" });

export const feedRequest = z.discriminatedUnion("op", [
  subscribeRequest,
  unsubscribeRequest,
  ackRequest,
  placeOp,
  cancelOp,
  amendOp,
  batchOp,
  cancelAllOp,
  cancelAfterOp,
]);
export type FeedRequest = z.output<typeof feedRequest>;
export type OrderOp = Exclude<FeedRequest, { op: "subscribe" | "unsubscribe" | "ack" }>;
