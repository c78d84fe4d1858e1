import type { Command, PlaceTermsCommand } from "../../engine/vocabulary/command.ts";
import type { OrderTerms, OrderType, SelfTradeMode } from "../../engine/vocabulary/terms.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import {
  BUY,
  type ClientNumber,
  type OrderNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type Side,
  type TimeMs,
} from "../../engine/vocabulary/units.ts";

/** A row's command, and the names of the orders it places. */
interface ScriptCommand {
  readonly command: Command;
  readonly placed: readonly string[];
}

const PLACE = /^(\w+)(?:\+(\w+))? (buy|sell) (spend |get )?(\d+) @ (market|\d+)((?: [\w-]+)*)$/;
const CANCEL = /^cancel (?:(\w+)|#(\d+))$/;
const CANCEL_ALL = /^cancel all of (\d+)(?: (buy|sell))?$/;
const AMEND = /^amend (?:(\w+)|#(\d+))(?: to (\d+))?(?: @ (\d+))?(?: stop (\d+))?$/;
const STATUS = /^status (\w+)(?: until (\d+))?$/;
const ADVANCE = /^advance to (\d+)$/;

/**
 * Parses a command of a book script:
 *
 * - `NAME buy|sell LOTS @ TICKS`, with `@ market` for a market order, and `buy spend AMOUNT @ market` or
 * `sell get AMOUNT @ market` for one by quote budget. Terms follow: `by CLIENT` (default 1), `ioc`, `fok`,
 * `gtd TIME`, `day TIME`, `post`, `show LOTS` (an iceberg), `stop TICKS`, `trail TICKS`, `trail_bp
 * BASIS_POINTS`, `stp MODE`, `group NUMBER`;
 * - `NAME+NAME buy|sell LOTS @ TICKS stop TICKS`, a pair; `limit TICKS` for a limit of the stop leg;
 * - `amend NAME`, with `to LOTS`, `@ TICKS`, `stop TICKS`;
 * - `cancel NAME`, or `cancel #NUMBER` for an order that no row named; `cancel all of CLIENT`, and a side;
 * - `advance to TIME`, `status STATUS`, and `until TIME`.
 */
export function parseCommand(text: string, time: number, names: ReadonlyMap<string, number>): ScriptCommand {
  const timeMs = time as TimeMs;
  const numberOf = (name: string | undefined, number: string | undefined) =>
    (name === undefined
      ? Number(number)
      : (names.get(name) ?? fail(`no accepted order has the name ${name}`))) as OrderNumber;
  const about = (command: Command): ScriptCommand => ({ command, placed: [] });
  const all = CANCEL_ALL.exec(text);
  if (all !== null) {
    const side = all[2] === undefined ? {} : { side: sideOf(all[2]) };
    return about({ kind: "cancel_all", timeMs, client: Number(all[1]) as ClientNumber, ...side });
  }
  const cancel = CANCEL.exec(text);
  if (cancel !== null) return about({ kind: "cancel", timeMs, orderNumber: numberOf(cancel[1], cancel[2]) });
  const amend = AMEND.exec(text);
  if (amend !== null) {
    const [, name, number, lots, price, stop] = amend;
    const change = {
      ...(lots === undefined ? {} : { quantityLots: Number(lots) as QuantityLots }),
      ...(price === undefined ? {} : { priceTicks: Number(price) as PriceTicks }),
      ...(stop === undefined ? {} : { stopPriceTicks: Number(stop) as PriceTicks }),
    };
    return about({ kind: "amend", timeMs, orderNumber: numberOf(name, number), ...change });
  }
  const status = STATUS.exec(text);
  if (status !== null) {
    const until = status[2] === undefined ? {} : { untilMs: Number(status[2]) as TimeMs };
    return about({ kind: "set_status", timeMs, status: status[1] as TradingStatus, ...until });
  }
  const advance = ADVANCE.exec(text);
  if (advance !== null) {
    const toMs = Number(advance[1]) as TimeMs;
    return about({ kind: "advance", timeMs: toMs, cutoffMs: toMs });
  }
  return parsePlace(text, timeMs);
}

function parsePlace(text: string, timeMs: TimeMs): ScriptCommand {
  const [, name = "", second, sideName, spend, amount, price, rest = ""] =
    PLACE.exec(text) ?? fail(`not a command: ${text}`);
  const { client, selfTrade, stopLimit, ...terms } = parseTerms(rest.trim().split(" "));
  const order = {
    timeMs,
    client: (client ?? 1) as ClientNumber,
    side: sideOf(sideName),
    quantityLots: (spend === undefined ? Number(amount) : 0) as QuantityLots,
    ...(selfTrade === undefined ? {} : { selfTrade }),
  };
  const priced = price === "market" ? {} : { priceTicks: Number(price) as PriceTicks };
  if (second !== undefined) {
    const { stopPriceTicks = fail(`a pair requires a stop: ${text}`), ...common } = terms;
    const priceTicks = priced.priceTicks ?? fail(`a pair requires a limit: ${text}`);
    const limit = stopLimit === undefined ? {} : { stopLimitTicks: stopLimit as PriceTicks };
    const pair = {
      kind: "place_oco" as const,
      ...order,
      priceTicks,
      stopPriceTicks,
      ...limit,
      terms: common,
    };
    return { command: pair, placed: [name, second] };
  }
  const placed = [name];
  if (spend === undefined && Object.keys(terms).length === 0) {
    const { priceTicks } = priced;
    if (priceTicks === undefined) return { command: { kind: "place_market", ...order }, placed };
    return { command: { kind: "place_limit", ...order, priceTicks }, placed };
  }
  const budget = spend === undefined ? {} : { quoteBudget: Number(amount) };
  const type = typeOf(terms, priced.priceTicks !== undefined);
  const command: PlaceTermsCommand = {
    kind: "place",
    ...order,
    ...priced,
    type,
    terms: { ...terms, ...budget },
  };
  return { command, placed };
}

type ScriptTerms = OrderTerms & { client?: number; selfTrade?: SelfTradeMode; stopLimit?: number };

function parseTerms(words: readonly string[]): ScriptTerms {
  let terms: ScriptTerms = {};
  const queue = words.filter((word) => word !== "");
  while (queue.length > 0) {
    const word = queue.shift() ?? "";
    const read = TERMS[word] ?? fail(`no term has the name ${word}`);
    terms = {
      ...terms,
      ...read(word === "post" || word === "ioc" || word === "fok" ? "" : (queue.shift() ?? "")),
    };
  }
  return terms;
}

const TERMS: Readonly<Record<string, (value: string) => ScriptTerms>> = {
  by: (value) => ({ client: Number(value) }),
  ioc: () => ({ timeInForce: "ioc" }),
  fok: () => ({ timeInForce: "fok" }),
  gtd: (value) => ({ timeInForce: "gtd", expiresAtMs: Number(value) as TimeMs }),
  day: (value) => ({ timeInForce: "day", expiresAtMs: Number(value) as TimeMs }),
  post: () => ({ postOnly: true }),
  show: (value) => ({ displayLots: Number(value) as QuantityLots }),
  stop: (value) => ({ stopPriceTicks: Number(value) as PriceTicks }),
  limit: (value) => ({ stopLimit: Number(value) }),
  trail: (value) => ({ trailTicks: Number(value) }),
  trail_bp: (value) => ({ trailBasisPoints: Number(value) }),
  stp: (value) => ({ selfTrade: value as SelfTradeMode }),
  group: (value) => ({ groupNumber: Number(value) }),
};

function typeOf(terms: OrderTerms, hasPrice: boolean): OrderType {
  if (terms.trailTicks !== undefined || terms.trailBasisPoints !== undefined) return "trailing_stop";
  if (terms.stopPriceTicks !== undefined) return hasPrice ? "stop_limit" : "stop";
  return hasPrice ? "limit" : "market";
}

function sideOf(name: string | undefined): Side {
  return name === "buy" ? BUY : SELL;
}

export function fail(message: string): never {
  throw new Error(`book script: ${message}`);
}
