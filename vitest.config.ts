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
    ],
  },
});
