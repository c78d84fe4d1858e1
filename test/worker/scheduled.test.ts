import { createExecutionContext, createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import worker from "../../worker/index.ts";

afterEach(() => void vi.restoreAllMocks());

function run(database: object) {
  return worker.scheduled(createScheduledController(), { ...env, ...database }, createExecutionContext());
}

test.each([{}, { DATABASE_URL: "" }])("with %o the scheduled run has nothing to do", async (database) => {
  const logged = (["log", "info", "warn", "error"] as const).map((level) => vi.spyOn(console, level));
  await run(database);
  for (const spy of logged) expect(spy).not.toHaveBeenCalled();
});

test("a run that cannot reach Postgres fails visibly for the platform", async () => {
  const database = {
    DATABASE_URL: "postgres://user:the-password@127.0.0.1:1/none",
    NEON_FETCH_ENDPOINT: "http://127.0.0.1:1/sql",
  };
  await expect(run(database)).rejects.toThrow(/^(?!.*the-password)/);
});
