import { LINK_PATH } from "../durable-objects/link/frames.ts";
import type { Env } from "../durable-objects/runtime/env.ts";
import { Refusal } from "../protocol/refusal.ts";
import { isBearer } from "./http/admin-auth.ts";
import { problemResponse } from "./http/problem-response.ts";
import { venueOf } from "./http/venue.ts";
import { workerdPlatform } from "./workerd-platform.ts";

/**
 * The entrance of links, for the edges of a venue on one's own machine. It is not part of the public
 * application: `npm start` gives it a port of its own on the loopback address, and Cloudflare gives it none.
 * A link names its instrument and proves itself by the secret that the edges and workerd were started with.
 */
export const linkEntrance = {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const secret = env.LINK_SECRET;
    const authorization = request.headers.get("authorization");
    const isKnown =
      secret !== undefined && (await isBearer(authorization, secret, workerdPlatform.isEqual)) === true;
    if (!isKnown) return problemResponse({ code: "forbidden", detail: "a link needs the venue's secret" });
    if (url.pathname !== LINK_PATH || request.headers.get("upgrade") !== "websocket")
      return problemResponse({ code: "route_not_found", detail: "this port is for links only" });
    try {
      const instrument = url.searchParams.get("instrument") ?? undefined;
      return await venueOf(env).stub(instrument).fetch(request);
    } catch (error) {
      if (error instanceof Refusal) return problemResponse(error.problem);
      throw error;
    }
  },
} satisfies ExportedHandler<Env>;
