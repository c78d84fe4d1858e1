import type { OrderBookAnswer, TradeView } from "../../protocol/market-data.ts";
import { FROM_ENGINE } from "../../protocol/market-data.ts";
import type { VerificationReport } from "../../protocol/operation.ts";
import { withClient } from "../gateway/services.ts";
import { readMirror } from "../mirror/mirror-view.ts";
import { checkStored } from "../system/support/crash-check.ts";
import { readInstrumentFile } from "../system/support/instrument-file.ts";
import { readStoredState } from "../system/support/stored-state.ts";
import { expectedTables } from "./expected-rows.ts";
import type { SoakMarket } from "./market.ts";
import { countRows, readRows } from "./postgres-tables.ts";
import { type Comparison, compareRows, type Row } from "./row-compare.ts";
import { type SoakServers, withRedis } from "./servers.ts";
import { ADMIN_TOKEN, type SoakVenue } from "./soak-venue.ts";

/** What a running venue showed of an instrument at rest. */
export interface LiveState {
  readonly book: OrderBookAnswer;
  /** The newest, newest first. */
  readonly trades: readonly TradeView[];
  /** The result of the venue's own verification. */
  readonly verification: VerificationReport;
}

/** The comparisons, and everything that did not agree. */
export interface Agreement {
  readonly findings: string[];
  /** Rows compared, by table. */
  readonly rowCounts: Map<string, number>;
}

/** Reads book and trades from the venue, and makes it verify itself. */
export async function readLive({ http, url }: SoakVenue, { instrument }: SoakMarket): Promise<LiveState> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${url}/admin/instruments/${instrument}/verify`, { method: "POST", headers });
  if (!response.ok) throw new Error(`verify is answered ${response.status} ${await response.text()}`);
  const verification = (await response.json()) as VerificationReport;
  const read = async (path: string) => {
    const { status, body } = await http.get(`${path}&instrument=${instrument}&source=engine`);
    if (status !== 200) throw new Error(`${path} of ${instrument} is answered ${status} ${body}`);
    return JSON.parse(body);
  };
  const book = await read("/public/orderbook?levels=1000");
  const { trades } = await read("/public/trades?limit=1000");
  return { book, trades, verification };
}

/**
 * Compares all remaining data of a soak, for each instrument, after its venue has ended: the clients'
 * answers, the instrument's own tables, its journal, the last published book, Postgres and the mirror. It
 * changes nothing, and may be called again.
 */
export async function agreement(
  markets: readonly SoakMarket[],
  live: ReadonlyMap<string, LiveState>,
  servers: SoakServers,
  dataFolder: string,
): Promise<Agreement> {
  const result: Agreement = { findings: [], rowCounts: new Map() };
  for (const market of markets) {
    const shown = live.get(market.instrument);
    if (shown === undefined) throw new Error(`${market.instrument} was not read`);
    const { agrees, not_compared } = shown.verification;
    if (!agrees || not_compared.length > 0) {
      result.findings.push(`${market.instrument}: verify answers ${JSON.stringify(shown.verification)}`);
    }
    await finding(result, market.instrument, () => checkLedger(market, shown, dataFolder));
    await finding(result, market.instrument, () => checkPostgres(result, market, servers, dataFolder));
    await finding(result, market.instrument, () => checkMirror(result, market, shown, servers));
  }
  await finding(result, "Postgres", () => checkStrays(result, servers));
  return result;
}

/** Compares the clients' answers and the venue's published data with what the instrument stored. */
async function checkLedger({ spec, ledger }: SoakMarket, live: LiveState, dataFolder: string): Promise<void> {
  const read = (...file: [Parameters<typeof readStoredState>[1], SqlStorage]) =>
    readStoredState(spec, ...file);
  const stored = readInstrumentFile(dataFolder, read, spec.instrument);
  const untold = checkStored(stored, ledger) + ledger.unknownCancels.size;
  if (untold > 0) throw new Error(`${untold} outcomes are unknown`);
  const folded = JSON.stringify({ ...stored.book, ...FROM_ENGINE });
  if (JSON.stringify(live.book) !== folded) {
    throw new Error(`the live book was ${JSON.stringify(live.book)}\nthe journal folds to ${folded}`);
  }
  const newest = [...stored.trades.values()].slice(-1000).reverse();
  if (JSON.stringify(live.trades) !== JSON.stringify(newest)) {
    throw new Error("the trades shown were not the newest of the journal");
  }
}

async function checkPostgres(
  result: Agreement,
  { spec, instrument }: SoakMarket,
  { postgres }: SoakServers,
  dataFolder: string,
): Promise<void> {
  const { orders, trades, watermark, shipped, venue } = readInstrumentFile(
    dataFolder,
    (journal, sql) => ({
      ...expectedTables(spec, journal, sql),
      shipped: sql.exec<{ sink: string; last_sequence: number }>("SELECT * FROM watermarks").toArray(),
      venue: sql.exec<{ venue_id: string }>("SELECT venue_id FROM ownership").one(),
    }),
    instrument,
  );
  for (const { sink, last_sequence } of shipped) {
    if (String(last_sequence) === watermark.last_sequence) continue;
    result.findings.push(
      `${instrument}: the instrument has ${sink} at ${last_sequence}, of ${watermark.last_sequence}`,
    );
  }
  if (shipped.length !== 2) throw new Error(`${shipped.length} sinks have a watermark`);
  await withClient(postgres.url, async (client) => {
    const compare = async (
      table: "orders" | "trades" | "watermarks",
      key: string,
      rows: readonly Row[],
      leftOut: readonly string[] = [],
    ) => {
      take(
        result,
        table,
        instrument,
        await compareRows(table, key, rows, readRows(client, table, instrument, leftOut)),
      );
    };
    await compare("orders", "order_id", orders);
    await compare("trades", "trade_number", trades);
    // The database's clock decides when the row was written, and no event contains hash and state.
    await compare(
      "watermarks",
      "instrument",
      [{ ...watermark, ...venue }],
      ["updated_at", "state_hash", "book_state"],
    );
  });
}

/**
 * Compares the mirror, read like another program would, with the live book, level by level and trade by
 * trade.
 */
async function checkMirror(
  result: Agreement,
  { spec, instrument }: SoakMarket,
  { book, trades }: LiveState,
  servers: SoakServers,
): Promise<void> {
  const mirror = await withRedis(servers, (redis) => readMirror(redis, instrument, spec.tick));
  if (mirror === undefined) throw new Error("the mirror is incomplete");
  const texts = (entries: readonly object[]): Row[] =>
    entries.map((entry) =>
      Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, String(value)])),
    );
  const lists = [
    ["mirror levels", "bids", "price", book.bids, mirror.bids],
    ["mirror levels", "asks", "price", book.asks, mirror.asks],
    ["mirror trades", "trades", "trade_id", trades, mirror.trades],
  ] as const;
  for (const [table, part, key, expected, actual] of lists) {
    const compared = await compareRows(`mirror's ${part}`, key, texts(expected), texts(actual));
    take(result, table, instrument, compared);
    const keys = (rows: readonly Row[]) => rows.map((row) => row[key]).join(" ");
    if (compared.differences.length === 0 && keys(texts(actual)) !== keys(texts(expected))) {
      result.findings.push(`${instrument}: the mirror's ${part} are in another order`);
    }
  }
  for (const field of ["epoch", "sequence"] as const) {
    if (mirror[field] === book[field]) continue;
    result.findings.push(
      `${instrument}: the mirror's ${field} is ${mirror[field]}, the book's ${book[field]}`,
    );
  }
}

/** Rows of instruments that did not trade, and rows that were set aside. */
async function checkStrays({ rowCounts, findings }: Agreement, { postgres }: SoakServers): Promise<void> {
  await withClient(postgres.url, async (client) => {
    for (const table of ["orders", "trades", "watermarks", "outbox_dead"] as const) {
      const [count, compared] = [await countRows(client, table), rowCounts.get(table) ?? 0];
      if (count !== compared) findings.push(`${table} has ${count} rows, ${compared} were compared`);
    }
  });
}

function take(result: Agreement, table: string, instrument: string, compared: Comparison): void {
  result.rowCounts.set(table, (result.rowCounts.get(table) ?? 0) + compared.rowCount);
  result.findings.push(...compared.differences.map((difference) => `${instrument}: ${difference}`));
}

/** Records what a check throws, and continues with the next one, which may explain it. */
async function finding(result: Agreement, where: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (cause) {
    result.findings.push(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
