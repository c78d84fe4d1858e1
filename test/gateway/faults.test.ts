import { neon, neonConfig } from "@neondatabase/serverless";
import { Redis } from "@upstash/redis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ZodError } from "zod";
import {
  type FaultKind,
  FaultRegistry,
  type FaultRuleInput,
  type FaultTarget,
} from "../../dev/gateway/faults.ts";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import {
  createDatabase,
  databaseKinds,
  redisReason,
  redisUrl,
  type TestDatabase,
  title,
  uniqueName,
} from "./services.ts";

describe("the rules", () => {
  const request = { target: "postgres", body: "INSERT INTO trades" } as const;

  test("a rule by count fires on the next requests and then rests", () => {
    const faults = new FaultRegistry();
    faults.add({ target: "postgres", kind: "refuse", count: 2 });
    const drawn = [1, 2, 3].map(() => faults.draw(request)?.kind ?? null);
    expect(drawn).toEqual(["refuse", "refuse", null]);
    expect(faults.list()).toMatchObject([{ matched: 2, fired: 2, remaining: 0 }]);
  });

  test("a rule by probability fires with its probability, and the same way for the same seed", () => {
    const series = (seed: number) => {
      const faults = new FaultRegistry();
      faults.add({ target: "postgres", kind: "status", probability: 0.25, seed });
      return Array.from({ length: 4_000 }, () => faults.draw(request) !== null);
    };
    const hits = series(7).filter(Boolean).length;
    expect(hits).toBeGreaterThan(900);
    expect(hits).toBeLessThan(1_100);
    expect(series(7)).toEqual(series(7));
    expect(series(8)).not.toEqual(series(7));
  });

  test("a rule matches by its target and its text only, and the first that fires wins", () => {
    const faults = new FaultRegistry();
    faults.add({ target: "redis", kind: "refuse", count: 1 });
    faults.add({ target: "postgres", kind: "garbage", contains: "watermarks", count: 1 });
    faults.add({ target: "postgres", kind: "reset", contains: "trades", count: 1 });
    faults.add({ target: "postgres", kind: "refuse", count: 1 });
    expect(faults.draw(request)?.kind).toBe("reset");
    expect(faults.draw(request)?.kind).toBe("refuse");
    expect(faults.draw({ target: "postgres", body: null })).toBeNull();
  });

  test("counters outlive the rules", () => {
    const faults = new FaultRegistry();
    const { id } = faults.add({ target: "postgres", kind: "refuse", count: 1 });
    faults.draw(request);
    expect(faults.clear(id)).toBe(1);
    expect(faults.clear(id)).toBe(0);
    expect(faults.list()).toEqual([]);
    expect(faults.counters()).toEqual({ "postgres.refuse": 1 });
  });

  test.each<[string, unknown]>([
    ["neither count nor probability", { target: "redis", kind: "refuse" }],
    ["both", { target: "redis", kind: "refuse", count: 1, probability: 0.5, seed: 1 }],
    ["a probability without a seed", { target: "redis", kind: "refuse", probability: 0.5 }],
    ["a delay without its length", { target: "redis", kind: "delay", count: 1 }],
    ["an unknown kind", { target: "redis", kind: "explode", count: 1 }],
    ["an unknown target", { target: "mysql", kind: "refuse", count: 1 }],
    ["an unknown field", { target: "redis", kind: "refuse", count: 1, times: 3 }],
    ["a count of nothing", { target: "redis", kind: "refuse", count: 0 }],
  ])("a rule with %s is refused", (_, rule) => {
    expect(() => new FaultRegistry().add(rule as FaultRuleInput)).toThrow(ZodError);
  });
});

const redisMissing = await redisReason();
const [kind] = (await databaseKinds()).filter(({ reason }) => reason === null);

describe.skipIf(redisMissing !== null)(
  title(`faults in front of ${kind?.name} and Redis`, redisMissing),
  () => {
    const token = "faults";
    const counter = uniqueName("edgebook-test");
    let database: TestDatabase;
    let gateway: Gateway;
    let redis: Redis;

    beforeAll(async () => {
      database = await createDatabase(kind?.name ?? "pglite");
      gateway = await startGateway({
        postgres: database.source,
        redis: { url: redisUrl, token },
        faultPort: 0,
      });
      neonConfig.fetchEndpoint = `${gateway.url}/sql`;
      // `retry: false` of this client still tries twice.
      redis = new Redis({ url: gateway.url, token, retry: { retries: 0 } });
      await neon(database.url)`CREATE TABLE hit (id int PRIMARY KEY)`;
    });
    afterEach(() => gateway.faults.clear());
    afterAll(async () => {
      await redis?.del(counter);
      await gateway?.close();
      await database?.drop();
    });

    async function insert(id: number): Promise<boolean> {
      await neon(database.url)`INSERT INTO hit VALUES (${id})`;
      return true;
    }

    async function isThere(id: number): Promise<boolean> {
      return (await neon(database.url)`SELECT id FROM hit WHERE id = ${id}`).length === 1;
    }

    // Kind, what the client sees, and whether the work was still done.
    const cases: [FaultKind, RegExp, boolean][] = [
      ["refuse", /fetch failed/, false],
      ["status", /500|injected fault/, false],
      ["reset", /terminated|fetch failed|ECONNRESET/, true],
      ["garbage", /JSON|Unable to parse/, true],
      ["commit_then_drop", /fetch failed/, true],
    ];
    const rule = (kind: FaultKind, target: FaultTarget, contains: string) =>
      ({ kind, target, contains, count: 1 }) as FaultRuleInput;

    test.each(cases.map((row, index) => [...row, index] as const))(
      "%s at Postgres: the client fails, and the work is done where it should be",
      async (fault, message, done, index) => {
        gateway.faults.add(rule(fault, "postgres", "INSERT"));
        await expect(insert(index)).rejects.toThrow(message);
        expect(await isThere(index)).toBe(done);
      },
    );

    test.each(cases)("%s at Redis: the same", async (fault, message, done) => {
      await redis.set(counter, 0);
      gateway.faults.add(rule(fault, "redis", "incr"));
      await expect(redis.incr(counter)).rejects.toThrow(message);
      expect(await redis.get(counter)).toBe(done ? 1 : 0);
    });

    test("a delay holds the answer back for its duration", async () => {
      gateway.faults.add({ target: "postgres", kind: "delay", milliseconds: 200, count: 1 });
      const before = performance.now();
      expect(await insert(100)).toBe(true);
      expect(performance.now() - before).toBeGreaterThanOrEqual(195);
    });

    test("closing the gateway does not wait for a delay", async () => {
      const short = await startGateway({ postgres: database.source });
      short.faults.add({ target: "postgres", kind: "delay", milliseconds: 600_000, count: 1 });
      const headers = { "neon-connection-string": database.url };
      const request = fetch(`${short.url}/sql`, { method: "POST", headers, body: '{"query":"SELECT 1"}' });
      const failed = expect(request).rejects.toThrow("fetch failed");
      await expect.poll(() => short.faults.list()[0]?.fired).toBe(1);
      await short.close();
      await failed;
    });

    test("the control port adds, lists and removes rules, and counts", async () => {
      const url = `${gateway.faultUrl}/faults`;
      const added = await fetch(url, {
        method: "POST",
        body: JSON.stringify({ target: "postgres", kind: "status", count: 1 }),
      });
      expect(added.status).toBe(201);
      const { id } = (await added.json()) as { id: number };
      await expect(insert(200)).rejects.toThrow("500");
      const listed = (await (await fetch(url)).json()) as { counters: Record<string, number> };
      expect(listed).toMatchObject({
        rules: [{ id, rule: { kind: "status", status: 500 }, fired: 1, remaining: 0 }],
      });
      expect(listed.counters["postgres.status"]).toBeGreaterThanOrEqual(1);
      const removed = await fetch(`${url}/${id}`, { method: "DELETE" });
      expect(await removed.json()).toEqual({ removed: 1 });
      expect((await fetch(`${url}/${id}`, { method: "DELETE" })).status).toBe(404);
      gateway.faults.add({ target: "redis", kind: "refuse", count: 1 });
      expect(await (await fetch(url, { method: "DELETE" })).json()).toEqual({ removed: 1 });
    });

    test.each([
      ["POST", "/faults", '{"target":"postgres","kind":"status"}', 400, "count or probability"],
      ["POST", "/faults", '{"target":"postgres","kind":"explode","count":1}', 400, "kind must be delay"],
      ["POST", "/faults", "no JSON", 400, "not valid JSON"],
      ["PUT", "/faults", "{}", 405, "use GET"],
      ["POST", "/elsewhere", "{}", 404, "the paths are /faults"],
    ])("the control port answers %s %s %s with %i", async (method, path, body, status, words) => {
      const response = await fetch(`${gateway.faultUrl}${path}`, { method, body });
      expect(response.status).toBe(status);
      expect(((await response.json()) as { message: string }).message).toContain(words);
    });

    test("the control port refuses web pages", async () => {
      const headers = { origin: "https://example.com" };
      expect((await fetch(`${gateway.faultUrl}/faults`, { headers })).status).toBe(403);
    });
  },
);
