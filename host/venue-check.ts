import { messageOf } from "../dev/gateway/http.ts";
import { health, type InstrumentHealth } from "../protocol/health.ts";

/** Longer than an instrument waits for a database that does not answer. */
const ANSWER_MS_MAX = 6_000;

/** The state of a venue that has started. */
export interface VenueCheck {
  /** Whether the default instrument accepts orders. */
  readonly takesOrders: boolean;
  /** Why instruments cannot trade, and what to do about it, as lines for the person who started the venue. */
  readonly troubles: readonly string[];
}

/** Starts every instrument of a venue, and reads its health. It never throws. */
export async function checkVenue(url: string): Promise<VenueCheck> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const { instruments } = health.parse(await response.json());
    return {
      takesOrders: instruments[0]?.status !== "unavailable",
      troubles: instruments.flatMap(troubleOf),
    };
  } catch (error) {
    return { takesOrders: false, troubles: [`  The venue does not answer: ${messageOf(error)}`] };
  }
}

function troubleOf(instrument: InstrumentHealth): string[] {
  const { instrument: name, status, trading_status, trading_status_since, order_refusal } = instrument;
  const since = trading_status_since ? ` since ${trading_status_since}` : "";
  if (status !== "unavailable") {
    if (trading_status === undefined || trading_status === "trading") return [];
    const isDue = `  npm run admin -- trading-status ${name} trading`;
    return [
      `${name} is ${trading_status}${since} (${instrument.trading_status_reason ?? "unknown"}).`,
      isDue,
    ];
  }
  if (order_refusal === null || order_refusal === undefined)
    return [`${name} does not answer; the log has the reason.`];
  const what = trading_status === "trading" ? "accepts no orders" : `is ${trading_status}${since}`;
  return [`${name} ${what}: ${order_refusal.detail}.`, ...remedyOf(instrument).map((line) => `  ${line}`)];
}

/** What to do about an instrument that accepts no orders. */
function remedyOf({
  instrument: name,
  trading_status_reason,
  order_refusal,
  outbox,
}: InstrumentHealth): string[] {
  const admin = (words: string) => `npm run admin -- ${words.replace("NAME", name)}`;
  const told = outbox?.find(({ sink }) => sink === "postgres")?.last_error;
  if (order_refusal?.code === "storage_full") return ["Raise STORAGE_BYTES_MAX, or see docs/OPERATIONS.md."];
  switch (trading_status_reason) {
    case "other_venue":
      return [
        `${told}.`,
        "Give this venue a database of its own (DATABASE_URL in .dev.vars), or take over the existing rows:",
        `${admin(`rebuild NAME --adopt ${ownerOf(told)}`)}, then ${admin("unfreeze NAME")}`,
      ];
    case "storage_lost":
    case "rebuilding":
      return [`${admin("rebuild NAME")}, then ${admin("unfreeze NAME")}`];
    case "flush_failures":
      return [`${admin("status NAME")} shows what failed; ${admin("unfreeze NAME")} resumes trading.`];
    default:
      return order_refusal?.code === "frozen" && trading_status_reason !== null
        ? [admin("unfreeze NAME")]
        : ["Each order asks the database again. Make sure that the database answers (DATABASE_URL)."];
  }
}

/** The id of the venue that owns the rows in Postgres. */
function ownerOf(told: string | null | undefined): string {
  return / of venue (\S+); /.exec(told ?? "")?.[1] ?? "ID";
}
