import * as z from "zod";
import { instrumentField, integerInput, orderIdField } from "../fields.ts";
import { CHANNELS } from "./feed-channel.ts";

/*
 * What a client sends over `GET /stream`, beside the text "ping": one JSON object a message, `op` says what.
 */

export const channelField = z.enum(CHANNELS);

/** The longest message that is read, in characters. */
export const REQUEST_LENGTH_MAX = 64 * 1024;

/** The client's own name for a request; comes back with the answer. */
export const requestIdField = z.string().regex(/^[!-~]{1,64}$/, "must be 1 to 64 visible ASCII characters");
const requestId = {
  request_id: requestIdField
    .optional()
    .meta({ description: "The client's own; comes back with the answer." }),
};
const sequenceInput = integerInput(0, Number.MAX_SAFE_INTEGER);
const channels = z.array(channelField).min(1).max(CHANNELS.length);
const instrument = instrumentField.optional().meta({ description: "The connection's where absent." });
const body = z.record(z.string(), z.unknown());

/** Begins channels: each with a snapshot, or with what was missed since `resume_from`. */
export const subscribeRequest = z
  .strictObject({
    op: z.literal("subscribe"),
    ...requestId,
    instrument,
    channels,
    resume_from: sequenceInput
      .optional()
      .meta({ description: "`seq` of the last message that the client has of the channels." }),
    epoch: sequenceInput.optional().meta({ description: "Of that message; needed with `resume_from`." }),
  })
  .meta({ id: "Subscribe" });

export const unsubscribeRequest = z
  .strictObject({ op: z.literal("unsubscribe"), ...requestId, instrument, channels })
  .meta({ id: "Unsubscribe" });

/** Tells that the client has read; not answered. */
export const ackRequest = z
  .strictObject({
    op: z.literal("ack"),
    received: sequenceInput.meta({
      description: "How many characters the client has received since its last `ack`.",
    }),
  })
  .meta({ id: "Ack" });

export const placeOp = z
  .strictObject({
    ...{ op: z.literal("place"), ...requestId },
    body: body.meta({ description: "As of `POST /orders`." }),
  })
  .meta({ id: "Place" });
export const cancelOp = z
  .strictObject({ op: z.literal("cancel"), ...requestId, order_id: orderIdField })
  .meta({ id: "Cancel" });
export const amendOp = z
  .strictObject({
    ...{ op: z.literal("amend"), ...requestId, order_id: orderIdField },
    body: body.meta({ description: "As of `POST /orders/{order_id}/amend`." }),
  })
  .meta({ id: "Amend" });
export const batchOp = z
  .strictObject({
    ...{ op: z.literal("batch"), ...requestId },
    body: body.meta({ description: "As of `POST /orders/batch`." }),
  })
  .meta({ id: "Batch" });
export const cancelAllOp = z
  .strictObject({
    ...{ op: z.literal("cancel_all"), ...requestId },
    body: body.optional().meta({ description: "As of `POST /orders/cancel-all`." }),
  })
  .meta({ id: "CancelAll" });
export const cancelAfterOp = z
  .strictObject({
    ...{ op: z.literal("cancel_after"), ...requestId },
    body: body.meta({ description: "As of `POST /orders/cancel-after`." }),
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
