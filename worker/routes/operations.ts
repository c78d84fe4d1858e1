import { type Context, Hono } from "hono";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import type { InstrumentHealth } from "../../protocol/health.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { asyncApiText } from "../api-document/asyncapi.ts";
import { docsPage } from "../api-document/docs-page.ts";
import { openApiText } from "../api-document/openapi.ts";
import type { Platform } from "../http/platform.ts";
import { bodyResponse, JSON_TYPE } from "../http/problem-response.ts";
import { expectNoQuery } from "../http/query.ts";
import { type Venue, venueOf } from "../http/venue.ts";
import { edgeMetricsText } from "../reads/edge-metrics.ts";
import { instrumentHealth, venueHealth } from "../reads/health.ts";
import { metricsText, type ReadInstrument } from "../reads/metrics-text.ts";

/** Shorter than the default scrape timeout of Prometheus. */
const METRICS_MS_MAX = 5_000;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function typed(body: string, type: string, status = 200): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

/** Answers every request with the same response. */
function fixed(answer: () => Response): (context: Context) => Response {
  return (context) => {
    expectNoQuery(context.req.raw);
    return answer();
  };
}

/**
 * Reads one instrument's metrics. If it does not answer in time, it has no reading, and the log has a line.
 */
async function readInstrument(venue: Venue, spec: InstrumentSpec): Promise<ReadInstrument> {
  const { instrument } = spec;
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${METRICS_MS_MAX} ms`);
      timer = setTimeout(() => reject(error), METRICS_MS_MAX);
    });
    return { spec, reading: await Promise.race([venue.object(instrument).readMetrics(), late]) };
  } catch (error) {
    log("error", "metrics_unread", { instrument, error: String(error) });
    return { spec, reading: undefined };
  } finally {
    clearTimeout(timer);
  }
}

/** Routes for operators and newcomers. */
export function operationRoutes({ script, style }: Platform["docsAssets"]) {
  return new Hono<{ Bindings: Env }>({ strict: false })
    .get("/healthz", async (context) => {
      expectNoQuery(context.req.raw);
      const venue = venueOf(context.env);
      const instruments = await Promise.all(
        venue.specs.map(async ({ instrument }): Promise<InstrumentHealth> => {
          try {
            return instrumentHealth(await venue.object(instrument).readHealth());
          } catch (error) {
            log("error", "unhealthy", { instrument, error: String(error) });
            return { instrument, status: "unavailable" };
          }
        }),
      );
      const body = venueHealth(instruments);
      return typed(JSON.stringify(body), JSON_TYPE, body.status === "unavailable" ? 503 : 200);
    })
    .get("/metrics", async (context) => {
      expectNoQuery(context.req.raw);
      const venue = venueOf(context.env);
      const instruments = await Promise.all(venue.specs.map((spec) => readInstrument(venue, spec)));
      const { EDGES } = context.env;
      const ofEdges = EDGES === undefined ? "" : edgeMetricsText(await EDGES());
      return typed(metricsText(instruments) + ofEdges, METRICS_TYPE);
    })
    .get(
      "/openapi.json",
      fixed(() => bodyResponse(200, openApiText())),
    )
    .get(
      "/asyncapi.json",
      fixed(() => bodyResponse(200, asyncApiText())),
    )
    .get(
      "/docs",
      fixed(() => typed(docsPage, "text/html; charset=utf-8")),
    )
    .get(
      "/docs/swagger-ui.css",
      fixed(() => typed(style, "text/css; charset=utf-8")),
    )
    .get(
      "/docs/swagger-ui-bundle.js",
      fixed(() => typed(script, "text/javascript; charset=utf-8")),
    );
}
