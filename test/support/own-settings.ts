import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import * as z from "zod";

/** The prefixes of the variables that name servers for tests, in `.env.example`. */
const OF_TESTS = /^(?:TEST_|REQUIRE_)/;
/** Set by the shell and not by a file: the data folder of `npm start`. */
const UNLISTED = ["DATA_DIR"];

/**
 * Removes the settings of a venue from the environment of this process and of those that it starts. Tests
 * that inherited its addresses would write into its database.
 */
export function forgetVenueSettings(): void {
  const examples = [".dev.vars.example", ".env.example"].map((file) => readFileSync(file, "utf8"));
  const listed = Array.from(examples.join("\n").matchAll(/^#([A-Z_]+)=/gm), ([, name = ""]) => name);
  for (const name of [...listed, ...UNLISTED]) if (!OF_TESTS.test(name)) delete process.env[name];
}

const wranglerConfig = z.object({
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  vars: z.object({ INSTRUMENTS: z.array(z.json()) }).catchall(z.json()),
});

/**
 * The worker of `wrangler.toml` as options for miniflare. The test plugin can read that file itself, but then
 * also reads the `.dev.vars` or `.env` beside it, which belong to a venue.
 */
export function workerUnderTest() {
  const config = wranglerConfig.parse(parse(readFileSync("wrangler.toml", "utf8")));
  const classes = config.durable_objects.bindings.map(
    ({ name, class_name }) => [name, { className: class_name, useSQLite: true }] as const,
  );
  return {
    main: config.main,
    vars: config.vars,
    miniflare: {
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags,
      durableObjects: Object.fromEntries(classes),
      modulesRules: [{ type: "Text" as const, include: ["**/*.txt"], fallthrough: true }],
    },
  };
}
