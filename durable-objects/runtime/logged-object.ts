import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";
import { setLogLevel } from "./log.ts";

/** A Durable Object whose log respects LOG_LEVEL even if no request came through its isolate. */
export class LoggedObject extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env.LOG_LEVEL);
  }
}
