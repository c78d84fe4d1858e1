import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gatewayVariables, readSettings } from "../../dev/gateway/settings.ts";
import { stackVariables } from "../../dev/stack.ts";
import { workerVariables } from "../../host/worker-variables.ts";

const root = join(import.meta.dirname, "..", "..");

test("without anything set, the gateway listens on the loopback address over an embedded database", () => {
  const settings = readSettings({ DATABASE_URL: "" });
  expect(settings).toEqual({
    host: "127.0.0.1",
    port: 8788,
    postgres: { embedded: { dataFolder: undefined } },
  });
});

test("every setting is used", () => {
  const settings = readSettings({
    GATEWAY_HOST: "0.0.0.0",
    GATEWAY_PORT: "0",
    GATEWAY_FAULT_PORT: "9",
    DATABASE_URL: "postgres://a:b@localhost/c",
    REDIS_URL: "redis://localhost",
    UPSTASH_REDIS_REST_TOKEN: "secret",
  });
  expect(settings).toEqual({
    host: "0.0.0.0",
    port: 0,
    faultPort: 9,
    postgres: { url: "postgres://a:b@localhost/c" },
    redis: { url: "redis://localhost", token: "secret" },
  });
});

test.each([
  [{ GATEWAY_PORT: "http" }, "GATEWAY_PORT"],
  [{ GATEWAY_FAULT_PORT: "70000" }, "GATEWAY_FAULT_PORT"],
  [{ DATABASE_URL: "mysql://localhost" }, "must be a URL like postgres://"],
  [{ REDIS_URL: "localhost:6379", UPSTASH_REDIS_REST_TOKEN: "x" }, "must be a URL like redis://"],
  [{ REDIS_URL: "redis://localhost" }, "UPSTASH_REDIS_REST_TOKEN"],
])("%o is refused by name", (env, words) => {
  expect(() => readSettings(env)).toThrow(words);
});

test("every variable that a program reads has its line in .env.example, with an explanation above", async () => {
  const lines = (await readFile(join(root, ".env.example"), "utf8")).split("\n");
  const explained = new Set<string>();
  lines.forEach((line, index) => {
    const name = /^#([A-Z_]+)=/.exec(line)?.[1];
    // A comment above two neighbouring variables describes both.
    const above = lines.slice(0, index).findLast((earlier) => !/^#[A-Z_]+=/.test(earlier));
    if (name !== undefined && above?.startsWith("# ")) explained.add(name);
  });
  const tests = ["TEST_DATABASE_URL", "TEST_REDIS_URL", "REQUIRE_SERVICES", "TEST_EFFORT"];
  expect([...explained].sort()).toEqual(
    [...new Set([...gatewayVariables, ...stackVariables, ...tests])].sort(),
  );
});

test("every variable of .dev.vars.example reaches the worker under npm start", async () => {
  const text = await readFile(join(root, ".dev.vars.example"), "utf8");
  const named = [...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  // They have no value to show: `npm start` generates one if none is set.
  const own = named.filter(([name]) => name !== "ADMIN_TOKEN" && name !== "VENUE_ID");
  expect(own.length).toBeGreaterThan(5);
  expect(workerVariables(Object.fromEntries(own))).toEqual(Object.fromEntries(own));
  expect(workerVariables(Object.fromEntries(own.map(([name]) => [name, ""])))).toEqual({});
});

test.each([
  ["READ_SOURCE", "redis", 'READ_SOURCE must be engine or mirror, but is "redis"'],
  ["MIRROR_AGE_MS_MAX", "5s", "MIRROR_AGE_MS_MAX must be a number of milliseconds"],
  ["MIRROR_AGE_MS_MAX", "0", "MIRROR_AGE_MS_MAX must be a number of milliseconds"],
  ["MIRROR_AGE_MS_MAX", "-1", "MIRROR_AGE_MS_MAX must be a number of milliseconds"],
  ["MIRROR_AGE_MS_MAX", "1e400", "MIRROR_AGE_MS_MAX must be a number of milliseconds"],
  ["STORAGE_BYTES_MAX", "9 GB", "STORAGE_BYTES_MAX must be a number of bytes"],
  ["STORAGE_BYTES_MAX", "0", "STORAGE_BYTES_MAX must be a number of bytes"],
  ["ORDER_GATEWAYS", "65", 'ORDER_GATEWAYS must be a whole number from 0 to 64, but is "65"'],
  ["DATABASE_URL", "my database", "DATABASE_URL must be a URL"],
  ["UPSTASH_REDIS_REST_URL", "redis.example", "UPSTASH_REDIS_REST_URL must be a URL"],
])("%s=%s is refused by name", (name, value, words) => {
  expect(() => workerVariables({ [name]: value })).toThrow(words);
});
