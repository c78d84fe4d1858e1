import { parseArgs } from "node:util";

export const USAGE = `npm run replay -- --messages FILE [--book FILE] [--limit N] [--verbose]
                 [--instrument NAME] [--url URL]

Feeds a LOBSTER message file (.csv, or .csv.gz) through the public API of a venue and holds what the
venue does against what the exchange did.

  --messages FILE    time, type, order id, size, price × 10,000, direction
  --book FILE        the exchange's book after each message that touched its levels
  --limit N          only the first N messages
  --verbose          show every disagreement, not only the first 50 of a kind
  --instrument NAME  the instrument to trade; AAPL-USD where the venue is our own
  --url URL          a running venue whose book of the instrument is empty; by default one is started`;

export interface ReplayOptions {
  readonly messages: string;
  readonly book: string | undefined;
  readonly limit: number;
  readonly isVerbose: boolean;
  readonly instrument: string;
  readonly url: string | undefined;
}

/** What is wrong with how the command was called. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError saying what is wrong with the arguments. */
export function readOptions(args: readonly string[]): ReplayOptions {
  const { messages, book, limit, verbose = false, instrument, url } = parse(args);
  if (messages === undefined) throw new UsageError("--messages FILE is missing");
  if (limit !== undefined && !/^[1-9]\d{0,14}$/.test(limit)) {
    throw new UsageError(`--limit must be a positive integer and is "${limit}"`);
  }
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new UsageError(`--url must begin with http:// or https:// and is "${url}"`);
  }
  if (url !== undefined && instrument === undefined) throw new UsageError("--url needs --instrument NAME");
  return {
    messages,
    book,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit),
    isVerbose: verbose,
    instrument: instrument ?? "AAPL-USD",
    url,
  };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = { messages: text, book: text, limit: text, instrument: text, url: text };
    return parseArgs({ args: [...args], options: { ...options, verbose: { type: "boolean" } } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
