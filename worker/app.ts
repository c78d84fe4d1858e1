import { Hono } from "hono";
import type { Env } from "../durable-objects/runtime/env.ts";
import { log } from "../durable-objects/runtime/log.ts";
import { Refusal } from "../protocol/refusal.ts";
import { adminOnly } from "./http/admin-auth.ts";
import { openToPages } from "./http/cors.ts";
import { asksForHomePage, homePage } from "./http/home-page.ts";
import { sourceProblem } from "./http/origins.ts";
import { passOn } from "./http/pass-on.ts";
import type { Platform } from "./http/platform.ts";
import { problemResponse } from "./http/problem-response.ts";
import { type Handler, withRequestLog } from "./http/request-log.ts";
import { adminRoutes } from "./routes/admin.ts";
import { analyticsRoutes } from "./routes/analytics.ts";
import { operationRoutes } from "./routes/operations.ts";
import { orderRoutes } from "./routes/orders.ts";
import { publicRoutes } from "./routes/public.ts";
import { streamRoutes } from "./routes/stream.ts";

/** The application, whatever program runs it. */
interface App {
  /** Answers a request. Its promise never rejects. */
  readonly fetch: Handler;
  /** Every path that the venue serves, with its method. */
  readonly routes: readonly Route[];
}

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Makes the application for a program. */
export function createApp(platform: Platform): App {
  const app = new Hono<{ Bindings: Env }>({ strict: false });
  app.use("/admin/*", adminOnly(platform.isEqual));
  app.route("/", orderRoutes);
  app.route("/", publicRoutes);
  app.route("/", analyticsRoutes);
  app.route("/", streamRoutes);
  app.route("/", operationRoutes(platform.docsAssets));
  app.route("/", adminRoutes);
  const routes = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({ method, path }));
  const unserved = unservedRoutes(routes);
  // The home page is not a route of the API: at `/`, a program gets 404.
  app.notFound((context) => {
    const request = context.req.raw;
    return asksForHomePage(request) ? context.html(homePage) : unserved.fetch(request);
  });
  app.onError(answerError);
  return { routes, fetch: withRequestLog(guarded(app)) };
}

/**
 * Answers what the application does not serve: a known path with another method gets 405 and the list of its
 * methods. In the application itself, each path keeps a single route.
 */
function unservedRoutes(routes: readonly Route[]): Hono {
  const unserved = new Hono({ strict: false });
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    unserved.all(path, () =>
      problemResponse({ code: "method_not_allowed", detail: `this path supports ${allow}` }, { allow }),
    );
  }
  unserved.notFound(() =>
    problemResponse({ code: "route_not_found", detail: "no such path; GET /docs lists the paths" }),
  );
  return unserved;
}

function answerError(error: unknown): Response {
  if (error instanceof Refusal) return problemResponse(error.problem, error.headers);
  log("error", "unexpected", { error: String(error) });
  return problemResponse({
    code: "outcome_unknown",
    detail: "the request failed unexpectedly; its outcome is unknown",
  });
}

/**
 * The application of a relay host. Its own relays serve public channels. It passes everything else on to the
 * venue.
 */
const relayHost = new Hono<{ Bindings: Env & { readonly STREAM_UPSTREAM: string } }>({ strict: false });
relayHost.route("/", streamRoutes);
relayHost.all("*", (context) => passOn(context.req.raw, context.env.STREAM_UPSTREAM));
relayHost.onError(answerError);

/** Refuses requests from other sites before the application sees them, and opens public data to all. */
function guarded(app: Pick<Hono<{ Bindings: Env }>, "fetch">): Handler {
  return (request, env, context) => {
    const { STREAM_UPSTREAM } = env;
    try {
      const problem = sourceProblem(request, env);
      if (problem !== undefined) return problemResponse(problem);
    } catch (error) {
      return answerError(error);
    }
    return openToPages(request, () =>
      STREAM_UPSTREAM === undefined
        ? app.fetch(request, env, context)
        : relayHost.fetch(request, { ...env, STREAM_UPSTREAM }, context),
    );
  };
}
