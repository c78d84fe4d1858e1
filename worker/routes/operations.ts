import { type Context, Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import type { InstrumentHealth } from "../../protocol/problem.ts";
import { asyncApiText } from "../asyncapi.ts";
import { docsPage, docsScript, docsStyle } from "../docs-page.ts";
import { instrumentHealth, venueHealth } from "../health.ts";
import { metricsText } from "../metrics-text.ts";
import { openApiText } from "../openapi.ts";
import { bodyResponse, JSON_TYPE } from "../problem-response.ts";
import { expectNoQuery } from "../query.ts";
import { call, venueOf } from "../venue.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function typed(body: string, type: string, status = 200): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

/** Answers the same to everybody. */
function fixed(answer: () => Response): (context: Context) => Response {
  return (context) => {
    expectNoQuery(context.req.raw);
    return answer();
  };
}

/** What operators and newcomers look at. */
export const operationRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/healthz", async (context) => {
    expectNoQuery(context.req.raw);
    const venue = venueOf(context.env);
    const instruments = await Promise.all(
      venue.specs.map(async ({ instrument }): Promise<InstrumentHealth> => {
        try {
          return instrumentHealth(await venue.object(instrument).readHealth());
        } catch (error) {
          console.error(
            JSON.stringify({ level: "error", event: "unhealthy", instrument, error: String(error) }),
          );
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
    const readings = await call(
      Promise.all(venue.specs.map(({ instrument }) => venue.object(instrument).readMetrics())),
    );
    return typed(metricsText(readings, venue.specs), METRICS_TYPE);
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
    fixed(() => typed(docsStyle, "text/css; charset=utf-8")),
  )
  .get(
    "/docs/swagger-ui-bundle.js",
    fixed(() => typed(docsScript, "text/javascript; charset=utf-8")),
  );
