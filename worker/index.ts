import type { Env } from "../durable-objects/runtime/env.ts";
import { createApp } from "./app.ts";
import { scheduled } from "./scheduled.ts";
import { workerdPlatform } from "./workerd-platform.ts";

export { Gateway } from "../durable-objects/gateway/gateway.ts";
export { Instrument } from "../durable-objects/instrument/instrument.ts";
export { Relay } from "../durable-objects/relay/relay.ts";
export { Identity } from "../durable-objects/runtime/identity.ts";
export { Timer } from "../durable-objects/runtime/timer.ts";
export { linkEntrance as LinkEntrance } from "./link-entrance.ts";

const app = createApp(workerdPlatform);

/** Every path that the venue serves, with its method. */
export const { routes } = app;

export default { fetch: app.fetch, scheduled } satisfies ExportedHandler<Env>;
