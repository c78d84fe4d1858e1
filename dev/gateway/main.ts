import { readCommandLine } from "../../host/tools/command-line.ts";
import { startGateway } from "./gateway.ts";
import { gatewayVariables, readSettings } from "./settings.ts";

readCommandLine({
  name: "npm run gateway",
  about: `Serves Neon's and Upstash's protocols. It takes ${gatewayVariables.join(", ")} from the environment and from .env.`,
  options: {},
});
const log = (line: string) => console.error(`gateway: ${line}`);

try {
  const options = readSettings(process.env);
  const gateway = await startGateway({ ...options, log });
  log(`listening on ${gateway.url} (Neon: /sql and /v2, Upstash: /)`);
  log(
    "url" in options.postgres
      ? "Postgres: the one in DATABASE_URL"
      : `Postgres: embedded, ${gateway.databaseUrl}`,
  );
  log(options.redis ? "Redis: the one in REDIS_URL" : "Redis: not configured, its paths answer 503");
  if (gateway.faultUrl !== null) log(`the fault control API is at ${gateway.faultUrl}/faults`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      gateway.close().catch((cause: unknown) => {
        log(`did not close cleanly: ${String(cause)}`);
        process.exitCode = 1;
      });
    });
  }
} catch (cause) {
  log(cause instanceof Error ? cause.message : String(cause));
  process.exitCode = 1;
}
