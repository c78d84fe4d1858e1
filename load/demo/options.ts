import { parseArgs } from "node:util";

export const USAGE = `npm run demo -- [--url URL] [--rate N] [--seconds N] [--orders N] [--seed N] [--keep]

Sends a steady stream of orders to a running venue, until Ctrl-C or a bound.

  --url URL      the venue; http://localhost:3000 by default
  --rate N       requests a second, orders and cancels together; 20 by default
  --seconds N    ends after so many seconds
  --orders N     ends after so many orders
  --seed N       makes the same choices again; printed at the start
  --keep         leaves what rests on the book; by default it is cancelled at the end`;

const RATE_MAX = 5_000;

export interface DemoOptions {
  readonly url: string;
  readonly rate: number;
  readonly secondsMax: number;
  readonly ordersMax: number;
  readonly seed: number;
  readonly isKept: boolean;
}

/** @throws if an argument is not what it should be, naming it. */
export function readOptions(args: readonly string[]): DemoOptions {
  const text = { type: "string" } as const;
  const options = { url: text, rate: text, seconds: text, orders: text, seed: text };
  const { values } = parseArgs({ args: [...args], options: { ...options, keep: { type: "boolean" } } });
  return {
    url: values.url ?? "http://localhost:3000",
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
  throw new Error(`--${name} must be an integer from 1 to ${max} and is "${text}"`);
}
