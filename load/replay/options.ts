import { parseArgs } from "node:util";
import { instrumentOf } from "./fitting.ts";

export const USAGE = `npm run replay -- --messages FILE [--book FILE] [--limit N] [--verbose]
                 (--venue [--instrument NAME] | [--url URL] --instrument NAME)

Feeds a LOBSTER message file (.csv, or .csv.gz) through the public API of a venue and holds what the
venue does against what the exchange did.

  --messages FILE    time, type, order id, size, price × 10,000, direction
  --book FILE        the exchange's book after each message that touched its levels; where every message
                     has a row, what the messages do not name is taken on the rows' word
  --limit N          only the first N messages
  --verbose          show every disagreement, not only the first 50 of a kind
  --venue            starts a venue for the replay, whose one instrument fits the file, and ends it with
                     its data afterwards
  --url URL          a running venue whose book of the instrument is empty; default: the one that runs here
  --instrument NAME  the instrument to trade; with --venue the stock that the file's name begins with
                     unless this is set

A line that names the columns, at the head of a file, is skipped.`;

export interface ReplayOptions {
  readonly messages: string;
  readonly book: string | undefined;
  readonly limit: number;
  readonly isVerbose: boolean;
  /** The target of the replay: a running venue, or undefined for a private one. */
  readonly url: string | undefined;
  /** The instrument to trade. For a private venue, the name of its instrument. */
  readonly instrument: string;
}

/** An error in the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * @param running the running venue, if there is one.
 * @throws UsageError with the error in the arguments.
 */
export function readOptions(
  args: readonly string[],
  running: () => string | undefined = () => undefined,
): ReplayOptions {
  const { messages, book, limit, verbose = false, venue = false, instrument, url: given } = parse(args);
  const url = given ?? (venue ? undefined : running());
  if (messages === undefined) throw new UsageError("--messages FILE is missing");
  if (limit !== undefined && !/^[1-9]\d{0,14}$/.test(limit)) {
    throw new UsageError(`--limit must be a positive integer, but is "${limit}"`);
  }
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new UsageError(`--url must begin with http:// or https://, but is "${url}"`);
  }
  if (venue && url !== undefined) throw new UsageError("--venue and --url exclude each other");
  if (!venue && url === undefined) throw new UsageError("--venue or --url URL is missing");
  if (url !== undefined && instrument === undefined)
    throw new UsageError(`${given === undefined ? "a venue that runs" : "--url"} needs --instrument NAME`);
  return {
    messages,
    book,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit),
    isVerbose: verbose,
    url,
    instrument: instrument ?? instrumentOf(messages),
  };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = { messages: text, book: text, limit: text, instrument: text, url: text };
    const flag = { type: "boolean" } as const;
    return parseArgs({ args: [...args], options: { ...options, verbose: flag, venue: flag } }).values;
  } catch (error) {
    // Node's advice is about arguments that begin with a dash, and does not apply.
    const [sentence = ""] = (error as Error).message.split(/\n|\. To specify/);
    throw new UsageError(sentence.replace(/\.$/, ""));
  }
}
