import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import { log } from "../../runtime/log.ts";
import type { Sql } from "./postgres-client.ts";
import { baseWatermarkRow, orderRow } from "./postgres-rows.ts";
import { expectWatermark, moveWatermark, upsertOrders } from "./postgres-statements.ts";
import { orderText, rowLists } from "./row-text.ts";

/** The orders read at once. */
const PAGE_ORDERS = 1_000;

/**
 * Starts the history of an instrument again, in a Postgres without any rows of it. It starts where the
 * journal begins, with the stored orders that no event of the journal has changed. Earlier history is lost.
 * If this is interrupted, it can be repeated without harm.
 * @returns the sequence from which the journal continues.
 */
export async function restartHistory(
  spec: InstrumentSpec,
  journal: Journal,
  connect: () => Sql,
  venueId: string,
): Promise<number> {
  const { instrument } = spec;
  const { sequence } = journal.base;
  log("warn", "history_restarted", { instrument, sequence });
  const epoch = journal.epoch();
  let orderNumber = 0;
  for (;;) {
    const page = journal.orders.after(orderNumber, PAGE_ORDERS);
    const last = page[page.length - 1];
    if (last === undefined) break;
    // Orders that an event after the base has changed are shipped with that event.
    const unchanged = page.filter(({ updatedSequence }) => updatedSequence <= sequence);
    for (const rows of rowLists(unchanged.map((record) => orderText(orderRow(spec, epoch, record))))) {
      const sql = connect();
      await sql.transaction([expectWatermark(sql, instrument, epoch, 0, venueId), upsertOrders(sql, rows)]);
    }
    orderNumber = last.orderNumber;
  }
  const sql = connect();
  const watermark = baseWatermarkRow(spec, epoch, journal.base.counters());
  await sql.transaction([
    expectWatermark(sql, instrument, epoch, 0, venueId),
    moveWatermark(sql, watermark, venueId),
  ]);
  return sequence;
}
