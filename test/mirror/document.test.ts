import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../host/build.ts";
import { title } from "../gateway/services.ts";
import { place } from "../system/support/calls.ts";
import {
  eventually,
  MirroredVenue,
  MirrorServers,
  type RedisConnection,
  redisServerReason,
} from "./mirrored-venue.ts";

const reason = await redisServerReason();
const text = readFileSync(join(ROOT, "docs", "MIRROR.md"), "utf8");

/** The fenced blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, block = ""]) => block,
  );
}

/** The output without what differs from run to run: ids, and times in either form. */
function withoutRun(output: string): string {
  return output
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "(id)")
    .replace(/\b\d{13}\b/g, "(milliseconds)")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "(time)");
}

describe.skipIf(reason !== null)(title("docs/MIRROR.md", reason), () => {
  const servers = new MirrorServers();
  const venue = new MirroredVenue(servers);
  let redis: RedisConnection;
  let path: string;

  beforeAll(async () => {
    await servers.start();
    redis = await servers.connect();
    await venue.start();
    // This Redis replaces the reader's own at the usual port. The output is that of a terminal.
    path = join(servers.folder, "bin");
    mkdirSync(path);
    const port = new URL(servers.server.url).port;
    const script = `#!/bin/sh\nPATH="\${PATH#*:}" exec redis-cli -p ${port} --no-raw "$@"\n`;
    writeFileSync(join(path, "redis-cli"), script, { mode: 0o755 });
    await place(venue.url);
    await place(venue.url, {
      client_id: "client-B",
      side: "sell",
      type: "market",
      price: undefined,
      quantity: 0.2,
    });
    await place(venue.url, { price: 49999.5, quantity: 1 });
    await place(venue.url, { side: "sell", price: 50001, quantity: 1 });
    const { updated_sequence } = await place(venue.url, { price: 49999.5, quantity: 2 });
    await mirrored(updated_sequence);
  });
  afterAll(async () => {
    redis?.destroy();
    await venue.stop();
    await servers.stop();
  });

  const mirrored = (sequence: number) =>
    eventually(async () => expect(await redis.hGet("{BTC-USD}:state", "sequence")).toBe(String(sequence)));

  function shell(commands: string): string {
    const env = { ...process.env, PATH: `${path}${delimiter}${process.env.PATH}` };
    return execFileSync("sh", ["-e"], { input: commands, env, encoding: "utf8" });
  }

  test("its commands give the documented answers", () => {
    const [commands, ...others] = blocks("sh");
    const [shown] = blocks("text");
    expect(others).toEqual([]);
    expect(withoutRun(shell(commands ?? "")).trim()).toBe(withoutRun(shown ?? "").trim());
  });

  test("every key has its documented type", async () => {
    const types = { hash: "hash", "sorted set": "zset", list: "list" };
    const named = new Map<string, string>();
    for (const [, keys = "", type = ""] of text.matchAll(/^\| (`[^|]*`) \| ([a-z ]+) \|/gm)) {
      for (const [, key = ""] of keys.matchAll(/`([^`]+)`/g))
        named.set(key, types[type as keyof typeof types]);
    }
    const found = new Map<string, string>();
    for (const key of await redis.keys("*")) found.set(key, await redis.type(key));
    expect([...found].sort()).toEqual([...named].sort());
  });

  test("the command that drops a mirror makes it refill", async () => {
    const commands = [...text.matchAll(/`(redis-cli [^`]+)`/g)].map(([, command = ""]) => command);
    expect(commands).toHaveLength(1);
    expect(shell(commands[0] ?? "")).toBe("(integer) 1\n");
    expect(await redis.exists("{BTC-USD}:state")).toBe(0);
    const { updated_sequence } = await place(venue.url, { price: 1 });
    await mirrored(updated_sequence);
  });
});
