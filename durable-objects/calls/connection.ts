import * as z from "zod";
import { CHANNELS, type Channel, isPrivate } from "../../protocol/feed/feed-channel.ts";
import { channelField } from "../../protocol/feed/feed-request.ts";
import { clientIdField } from "../../protocol/fields.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { validateQuery } from "../../protocol/validate-query.ts";

const whole = z
  .string()
  .regex(/^\d{1,15}$/, "must be a whole number")
  .transform(Number);

/** The names of up to 50 instruments: what a name is, but for the comma. */
const NAMES = /^[!-+\--~]{1,32}(,[!-+\--~]{1,32}){0,49}$/;
/** Set by the worker on a connection that a relay could take: how many an instrument may have before it. */
export const DIRECT_MAX_HEADER = "x-stream-direct-max";

/** The query of `GET /stream`. */
export const connectionQuery = z.strictObject({
  instrument: z
    .string()
    .regex(NAMES, "must be a name of 1 to 32 visible ASCII characters, or several names separated by commas")
    .transform((text) => text.split(","))
    .optional()
    .meta({
      description:
        "Default: the first configured instrument. Public channels may name several, separated by commas.",
      override: { type: "string" },
    }),
  channels: z
    .array(channelField)
    .max(CHANNELS.length)
    .optional()
    .meta({
      description:
        "Channels to begin with, with commas between them; none yet where empty. Where absent: the plain stream of everything.",
      override: { type: "string" },
    }),
  resume_from: whole.optional().meta({
    description: "`seq` of the last message that the client has of the channels; goes with `epoch`.",
    override: { type: "integer", minimum: 0 },
  }),
  epoch: whole.optional().meta({ override: { type: "integer", minimum: 1 } }),
  client_id: clientIdField
    .optional()
    .meta({ description: "Makes the connection that client's: it may place orders." }),
  cancel_on_disconnect: z
    .enum(["true", "false"])
    .optional()
    .meta({ description: "`true`: the client's open orders end with its last connection that says so." }),
});

/** What a connection is from the start. */
interface Connection {
  /** Empty: the default one. */
  readonly instruments: readonly string[];
  readonly channels: readonly Channel[] | null;
  readonly clientId: string | null;
  readonly cancelsOnDisconnect: boolean;
  readonly resume: { readonly seq: number; readonly epoch: number } | undefined;
}

/**
 * Reads what a connection asks for.
 * @throws Refusal naming the parameter and the rule.
 */
export function readConnection(url: URL): Connection {
  const read = validateQuery(url.searchParams, connectionQuery, ({ channels, ...others }) =>
    channels === undefined
      ? others
      : { ...others, channels: channels.split(",").filter((name) => name !== "") },
  );
  const { client_id: clientId = null, resume_from: seq, epoch, channels = null } = read;
  const instruments = read.instrument ?? [];
  if (clientId === null && (channels?.some(isPrivate) || read.cancel_on_disconnect === "true")) {
    throw new Refusal({
      code: "missing_field",
      field: "client_id",
      detail: "client_id is required for what is private",
    });
  }
  if (instruments.length > 1 && (clientId !== null || channels === null || seq !== undefined)) {
    const detail = "instrument must be one where the connection is a client's, resumes, or names no channels";
    throw new Refusal({ code: "invalid_value", field: "instrument", detail });
  }
  if (seq !== undefined && (channels === null || channels.length === 0)) {
    const detail = "channels is required with resume_from: it says where the client is in them";
    throw new Refusal({ code: "missing_field", field: "channels", detail });
  }
  if ((seq === undefined) !== (epoch === undefined)) {
    const field = seq === undefined ? "resume_from" : "epoch";
    throw new Refusal({ code: "missing_field", field, detail: "resume_from and epoch go together" });
  }
  const resume = seq === undefined || epoch === undefined ? undefined : { seq, epoch };
  return {
    instruments,
    channels,
    clientId,
    cancelsOnDisconnect: read.cancel_on_disconnect === "true",
    resume,
  };
}
