import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** One project for each place where tests run; `vitest run --project NAME` runs one of them. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["test/engine/**/*.test.ts", "test/protocol/**/*.test.ts", "test/*.test.ts"],
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          name: "workers",
          include: ["test/durable-objects/**/*.test.ts", "test/worker/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "system",
          environment: "node",
          include: ["test/system/**/*.test.ts"],
          globalSetup: "test/system/build-once.ts",
          fileParallelism: false,
          // CommonJS modules look as they do to `npm start`, which runs on Node alone.
          deps: { interopDefault: false },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
