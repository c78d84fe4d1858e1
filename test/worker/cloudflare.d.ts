import type { Env as VenueEnv } from "../../durable-objects/runtime/env.ts";

declare global {
  namespace Cloudflare {
    interface Env extends VenueEnv {}
    interface GlobalProps {
      mainModule: typeof import("../../worker/index.ts");
    }
  }
}
