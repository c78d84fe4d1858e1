import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** One project for each place where tests run; `vitest run --project NAME` runs one of them. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{engine,protocol,load}/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      { test: { name: "fuzz", include: ["test/fuzz/**/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ADMIN_TOKEN: "test-token" } },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/{durable-objects,worker}/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "gateway",
          include: ["test/gateway/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{system,mirror,faults,soak}/**/*.test.ts"],
          globalSetup: "test/system/build-once.ts",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
