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

/** The names of up to 50 instruments. A name may contain anything but a comma. */
const NAMES = /^[!-+\--~]{1,32}(,[!-+\--~]{1,32}){0,49}$/;
/**
 * Set by the worker on a connection that a relay could serve: the number of connections that an instrument
 * accepts before it refers public ones to relays.
 */
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
        "Channels to subscribe to, separated by commas; none if it is empty. Default: the plain stream.",
      override: { type: "string" },
    }),
  resume_from: whole.optional().meta({
    description: "`seq` of the last message of these channels that the client has. Requires `epoch`.",
    override: { type: "integer", minimum: 0 },
  }),
  epoch: whole.optional().meta({ override: { type: "integer", minimum: 1 } }),
  client_id: clientIdField
    .optional()
    .meta({ description: "The client of the connection, which may then place orders." }),
  cancel_on_disconnect: z.enum(["true", "false"]).optional().meta({
    description:
      "If `true`, the client's open orders are cancelled when its last connection with this setting ends.",
  }),
});

/** The initial parameters of a connection. */
interface Connection {
  /** Empty: the default instrument. */
  readonly instruments: readonly string[];
  readonly channels: readonly Channel[] | null;
  readonly clientId: string | null;
  readonly cancelsOnDisconnect: boolean;
  readonly resume: { readonly seq: number; readonly epoch: number } | undefined;
}

/**
 * Parses the parameters of a connection.
 * @throws Refusal with the parameter and the rule.
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
      detail: "client_id is required for private channels",
    });
  }
  if (instruments.length > 1 && (clientId !== null || channels === null || seq !== undefined)) {
    const detail =
      "a connection for a client, with resume_from, or without channels must name only one instrument";
    throw new Refusal({ code: "invalid_value", field: "instrument", detail });
  }
  if (seq !== undefined && (channels === null || channels.length === 0)) {
    const detail = "channels is required with resume_from";
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
