import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { redisReason, redisUrl, title, uniqueName } from "./services.ts";

const reason = await redisReason();
const token = "a token of the tests";
/** This file sends nothing to it. */
const postgres = { url: "postgres://nobody:nothing@127.0.0.1:1/none" };

describe.skipIf(reason !== null)(title("Upstash's REST over Redis", reason), () => {
  const prefix = uniqueName("edgebook-test");
  const key = (name: string) => `${prefix}:${name}`;
  let gateway: Gateway;
  let redis: Redis;

  beforeAll(async () => {
    gateway = await startGateway({ postgres, redis: { url: redisUrl, token } });
    redis = new Redis({ url: gateway.url, token, retry: { retries: 0 }, enableTelemetry: false });
  });
  afterAll(async () => {
    const keys = (await redis?.keys(`${prefix}:*`)) ?? [];
    if (keys.length > 0) await redis.del(...keys);
    await gateway?.close();
  });

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${gateway.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  test("strings, numbers, documents and nil return unchanged", async () => {
    expect(await redis.set(key("words"), "Zoë ☂ OK")).toBe("OK");
    expect(await redis.get(key("words"))).toBe("Zoë ☂ OK");
    await redis.set(key("document"), { price: "1.10", levels: [1, null] });
    expect(await redis.get(key("document"))).toEqual({ price: "1.10", levels: [1, null] });
    expect(await redis.get(key("missing"))).toBeNull();
    expect(await redis.incrby(key("count"), 5)).toBe(5);
    expect(await redis.set(key("count"), "no", { nx: true })).toBeNull();
    expect(await redis.set(key("ok"), "OK")).toBe("OK");
    expect(await redis.get(key("ok"))).toBe("OK");
  });

  test("hashes, lists and sorted sets come back in the client's shapes", async () => {
    await redis.hset(key("hash"), { "100.10": "5", "100.20": "0.00000001" });
    expect(await redis.hgetall(key("hash"))).toEqual({ "100.10": 5, "100.20": "0.00000001" });
    await redis.rpush(key("list"), "a", "b");
    expect(await redis.lrange(key("list"), 0, -1)).toEqual(["a", "b"]);
    await redis.zadd(key("sorted"), { score: 2, member: "two" }, { score: 1.5, member: "one and a half" });
    expect(await redis.zrange(key("sorted"), 0, -1, { withScores: true })).toEqual([
      "one and a half",
      1.5,
      "two",
      2,
    ]);
    expect(await redis.scan(0, { match: key("no such*"), count: 1 })).toHaveLength(2);
  });

  test("EVAL and EVALSHA run Lua, with keys, arguments and nested answers", async () => {
    const script =
      "redis.call('SET', KEYS[1], ARGV[1]) return {redis.call('GET', KEYS[1]), {1, 'two', false}}";
    expect(await redis.eval(script, [key("lua")], ["held"])).toEqual(["held", [1, "two", null]]);
    const sha = await redis.scriptLoad("return tonumber(ARGV[1]) + 1");
    expect(await redis.evalsha(sha, [], ["41"])).toBe(42);
    await expect(redis.eval("return redis.error_reply('STALE older sequence')", [], [])).rejects.toThrow(
      "STALE",
    );
    await expect(redis.evalsha("0".repeat(40), [], [])).rejects.toThrow("NOSCRIPT");
  });

  test("a pipeline runs in order, and an error does not affect the other commands", async () => {
    await redis.set(key("text"), "words");
    const pipeline = redis.pipeline();
    pipeline.set(key("p"), 1);
    pipeline.lpush(key("text"), "not a list");
    pipeline.incr(key("p"));
    const [first, second, third] = await pipeline.exec({ keepErrors: true });
    expect([first?.result, third?.result]).toEqual(["OK", 2]);
    expect(second?.error).toContain("WRONGTYPE");
  });

  test("a transaction is isolated from concurrent commands", async () => {
    const turns = 40;
    const add = async (writer: number) => {
      for (let turn = 0; turn < turns; turn++) {
        const transaction = redis.multi();
        transaction.rpush(key("log"), `${writer}:${turn}:begin`);
        transaction.incr(key("total"));
        transaction.rpush(key("log"), `${writer}:${turn}:end`);
        const replies = await transaction.exec();
        expect(replies).toHaveLength(3);
      }
    };
    await Promise.all([1, 2, 3, 4, 5].map(add));
    const log = await redis.lrange(key("log"), 0, -1);
    expect(log).toHaveLength(5 * turns * 2);
    for (let index = 0; index < log.length; index += 2) {
      expect(log[index + 1]).toBe(String(log[index]).replace("begin", "end"));
    }
    expect(await redis.get(key("total"))).toBe(5 * turns);
  });

  test("a transaction with a malformed command runs nothing; one failing at execution keeps the others", async () => {
    const malformed = await post("/multi-exec", [["SET", key("m"), "1"], ["GET"]]);
    expect(malformed).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/EXECABORT|wrong number/) },
    });
    expect(await redis.get(key("m"))).toBeNull();
    await redis.set(key("text"), "words");
    const failing = await post("/multi-exec", [
      ["SET", key("m"), "2"],
      ["LPUSH", key("text"), "x"],
    ]);
    expect(failing).toMatchObject({
      status: 200,
      body: [{ result: "OK" }, { error: expect.stringContaining("WRONGTYPE") }],
    });
    expect(await redis.get(key("m"))).toBe(2);
  });

  test("without the encoding header text is plain", async () => {
    const plain = new Redis({ url: gateway.url, token, responseEncoding: false, retry: { retries: 0 } });
    await plain.set(key("plain"), "as it is ☂");
    expect(await plain.get(key("plain"))).toBe("as it is ☂");
    expect(await post("/", ["GET", key("plain")])).toEqual({ status: 200, body: { result: "as it is ☂" } });
    const encoded = await post("/", ["GET", key("plain")], { "upstash-encoding": "base64" });
    expect(encoded.body).toEqual({ result: Buffer.from("as it is ☂").toString("base64") });
  });

  test("a command that Redis rejects is the client's error", async () => {
    await redis.set(key("text"), "words");
    await expect(redis.incr(key("text"))).rejects.toThrow("not an integer");
    expect((await post("/", ["NOSUCHCOMMAND"])).status).toBe(400);
  });

  test("without the token nothing is served", async () => {
    const stranger = new Redis({ url: gateway.url, token: "guessed", retry: { retries: 0 } });
    await expect(stranger.get(key("text"))).rejects.toThrow("unauthorized");
    const response = await fetch(`${gateway.url}/pipeline`, { method: "POST", body: '[["PING"]]' });
    expect(response.status).toBe(401);
  });

  test.each([
    ["MULTI", ["MULTI"], "dedicated connection"],
    ["a blocking pop", ["BLPOP", "k", "0"], "dedicated connection"],
    ["a change of database", ["select", "0"], "dedicated connection"],
    ["no command", [], "malformed"],
    ["an object as an argument", ["SET", "k", {}], "malformed"],
    ["a text", "PING", "not valid JSON"],
  ])("%s is refused with the reason", async (_, body, words) => {
    const answer = await post("/", body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(words) } });
  });

  test("/healthz checks Redis too", async () => {
    const health = await (await fetch(`${gateway.url}/healthz`)).json();
    expect(health).toMatchObject({ ok: false, postgres: { ok: false }, redis: { ok: true } });
  });
});

test("without Redis, its paths answer that it is not configured", async () => {
  const gateway = await startGateway({ postgres });
  try {
    const redis = new Redis({ url: gateway.url, token, retry: { retries: 0 } });
    await expect(redis.get("k")).rejects.toThrow("set REDIS_URL");
  } finally {
    await gateway.close();
  }
});

test("while Redis is down, each command fails at once", async () => {
  const gateway = await startGateway({ postgres, redis: { url: "redis://127.0.0.1:1", token } });
  try {
    const redis = new Redis({ url: gateway.url, token, retry: { retries: 0 } });
    await expect(redis.get("k")).rejects.toThrow("cannot be reached");
  } finally {
    await gateway.close();
  }
});
