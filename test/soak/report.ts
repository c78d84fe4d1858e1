import { formatTable } from "../../load/table.ts";
import type { Agreement } from "./agreement.ts";
import { PART_NAMES } from "./disruption.ts";
import type { Soak } from "./soak.ts";

/** What a soak did and compared, as Markdown tables. */
export async function soakReport(soak: Soak, { rowCounts }: Agreement): Promise<string> {
  const { counts, disruption, lag, parts, surges, venue } = soak;
  const spoiled = await soak.servers.faults.counts();
  const rows: [string, number | string][] = [
    ["orders sent", counts.sent],
    ["orders acknowledged", counts.acknowledged],
    ["orders of unknown outcome", counts.unknown],
    ["… that were stored", counts.resolvedStored],
    ["… that had never arrived", counts.resolvedAnew],
    ["cancels sent", counts.cancelsSent],
    ["cancels done", counts.cancelled],
    ["cancels of unknown outcome", counts.cancelsUnknown],
    ["known outcomes asked for again", counts.repeats],
    ...sorted(counts.rejects).map(([code, count]): [string, number] => [`rejected: ${code}`, count]),
    ["trades", rowCounts.get("trades") ?? 0],
    ...PART_NAMES.map((name): [string, number] => [
      `restarts of ${name} after kill -9`,
      parts[name].killCount,
    ]),
    ["Redis emptied", disruption.counts.get("flush") ?? 0],
    ...[...surges.orderCounts].map(([kind, count]): [string, number] => [
      `orders in ${disruption.counts.get(kind)} × ${kind}`,
      count,
    ]),
    ...sorted(disruption.counts)
      .filter(([name]) => name.startsWith("clock "))
      .map(([name, count]): [string, number] => [`${name}, and back`, count]),
    ...sorted(spoiled).map(([name, count]): [string, number] => [`answers spoiled: ${name}`, count]),
    ...sorted(venue.errorCounts).map(([event, count]): [string, number] => [`in the log: ${event}`, count]),
    ...sorted(lag.lagEventsMax).map(([sink, count]): [string, number] => [
      `most events ${sink} was behind`,
      count,
    ]),
    ["longest a sink was behind, s", lag.lagSecondsMax.toFixed(1)],
    ["from the end of trading, 3 s after the last fault, to level, s", (soak.drainMs / 1_000).toFixed(1)],
    ...sorted(rowCounts).map(([table, count]): [string, number] => [`rows compared: ${table}`, count]),
  ];
  return formatTable(
    ["soak", "count"],
    rows.map(([name, count]) => [name, typeof count === "number" ? count.toLocaleString("en") : count]),
  );
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
