import { venueUrl } from "../../host/running-venue.ts";
import { readCommandLine } from "../../host/tools/command-line.ts";

const RATE_MAX = 5_000;

export interface DemoOptions {
  readonly url: string;
  readonly rate: number;
  readonly secondsMax: number;
  readonly ordersMax: number;
  readonly seed: number;
  readonly isKept: boolean;
}

/** @throws with the name of an invalid argument. */
export function readOptions(args: readonly string[]): DemoOptions {
  const number = { type: "string", value: "N" } as const;
  const { values } = readCommandLine(
    {
      name: "npm run demo",
      about: "Sends a steady stream of orders to a running venue, until Ctrl-C or a bound.",
      options: {
        url: { type: "string", value: "URL", help: "the venue; default: the one that runs on this machine" },
        rate: { ...number, help: "requests a second, orders and cancels together; default: 20" },
        seconds: { ...number, help: "ends after this many seconds" },
        orders: { ...number, help: "ends after this many orders" },
        seed: { ...number, help: "seed of all choices; printed at the start" },
        keep: { type: "boolean", help: "leaves resting orders on the book; by default they are cancelled" },
      },
    },
    args,
  );
  return {
    url: venueUrl(values.url),
    rate: integer("rate", values.rate, RATE_MAX) ?? 20,
    secondsMax: integer("seconds", values.seconds) ?? Number.POSITIVE_INFINITY,
    ordersMax: integer("orders", values.orders) ?? Number.POSITIVE_INFINITY,
    seed: integer("seed", values.seed) ?? Math.floor(Math.random() * 1_000_000) + 1,
    isKept: values.keep ?? false,
  };
}

function integer(name: string, text: string | undefined, max = 2 ** 32 - 1): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} must be an integer from 1 to ${max}, but is "${text}"`);
}
