import { defineConfig } from "vitest/config";

/** Tests of the local stack, in plain Node: they talk to real servers where there are some. */
export default defineConfig({
  test: {
    name: "gateway",
    include: ["test/gateway/**/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file may start an embedded database or servers of its own.
    maxWorkers: 2,
  },
});
