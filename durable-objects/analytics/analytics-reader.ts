import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import type { AnalyticsQuery } from "../calls/instrument-calls.ts";
import type { Journal } from "../journal/journal.ts";
import type { Analytics } from "./analytics.ts";
import { MarketStatistics } from "./market-statistics.ts";
import { candleView, clientView, marketView, tickerView } from "./views.ts";

/**
 * Answers an analytics query, as JSON. With candles come the time from which every candle is present,
 * `whole_from_ms`, and the start of the last known candle before it, `older_start_ms`.
 */
export function readAnalytics(
  spec: InstrumentSpec,
  journal: Journal,
  analytics: Analytics,
  query: AnalyticsQuery,
): string {
  const nowMs = Date.now();
  const market = analytics.at(nowMs) ?? MarketStatistics.startingAt(nowMs, true);
  switch (query.kind) {
    case "ticker":
      return JSON.stringify({
        instrument: spec.instrument,
        time: isoTime(nowMs),
        ...tickerView(spec, market),
      });
    case "market":
      return JSON.stringify(marketView(spec, market, query.minutes, nowMs));
    case "client": {
      const { clientId } = query;
      // Client numbers start at 1, so client 0 has no trades.
      return JSON.stringify(
        clientView(spec, clientId, analytics.clients.read(journal.knownClient(clientId) ?? 0)),
      );
    }
    case "candles": {
      const isNew = journal.base.sequence === 0 && journal.lastEvent() === undefined;
      const { candles, wholeFromMs } = analytics.candles(query.interval, nowMs, isNew);
      const asked = candles.filter(({ startMs }) => startMs >= query.fromMs && startMs < query.toMs);
      const views = asked.map((candle) => candleView(spec, candle));
      const older = candles.findLast(({ startMs }) => startMs < query.fromMs)?.startMs;
      return JSON.stringify({ whole_from_ms: wholeFromMs, older_start_ms: older, candles: views });
    }
  }
}
