import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUNDLE_FOLDER, ROOT } from "../../host/build.ts";
import { workerdConfig } from "../../host/workerd-config.ts";

test("settings only for Cloudflare in wrangler.toml, such as triggers, change nothing for workerd", () => {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-config-"));
  try {
    const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    const triggers = /\[triggers\]\ncrons = \[.*\]\n/;
    expect(text).toMatch(triggers);
    const configOf = (toml: string) => {
      const wranglerFile = join(folder, "wrangler.toml");
      writeFileSync(wranglerFile, toml);
      const place = { configFolder: folder, bundleFolder: BUNDLE_FOLDER, storageFolder: folder };
      return workerdConfig({ ...place, wranglerFile, host: "127.0.0.1", port: 0, vars: {} });
    };
    const config = configOf(text);
    expect(config).toBe(configOf(text.replace(triggers, "")));
    expect(config).not.toMatch(/cron|trigger/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
