import { reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { Random } from "../support/random.ts";
import { place } from "../worker/client.ts";
import { object, selectOne } from "./flow.ts";

beforeEach(reset);

const LONG = 700_000;

test.each([1, 2, 3])(
  "answers are found while and after they are written, looked up or not, seed %i",
  async (seed) => {
    const random = new Random(seed);
    await place({ client_id: "a" });
    const expected = await runInDurableObject(object(), (_, { storage }) => {
      const { answers } = new Journal(storage.sql);
      const stored = new Map<string, string>();
      for (let flush = 0; flush < 40; flush++) {
        for (let count = random.between(1, 60); count > 0; ) {
          const keys = Array.from({ length: random.between(1, 16) }, () => ({
            client: random.between(1, 3),
            idempotencyKey: `key-${random.below(2_000)}`,
          }));
          if (random.chance(0.8)) answers.lookUp(keys);
          for (const { client, idempotencyKey } of keys) {
            const name = `${client} ${idempotencyKey}`;
            const found = answers.find(client, idempotencyKey);
            expect(found?.answer, `seed ${seed}, ${name}`).toBe(stored.get(name));
            count--;
            if (found !== undefined) continue;
            const answer = `201 {"n":${stored.size},"t":"${"é".repeat(random.chance(0.02) ? LONG : 3)}"}`;
            answers.store(client, idempotencyKey, flush, `request ${name}`, answer);
            stored.set(name, answer);
          }
        }
        answers.write();
      }
      for (const [name, answer] of stored) {
        const [client, key = ""] = name.split(" ");
        expect(answers.find(Number(client), key)).toEqual({ request: `request ${name}`, answer });
      }
      return stored.size;
    });
    expect(await selectOne("SELECT count(*) AS count FROM idempotency")).toEqual({ count: expected });
    const order =
      "SELECT count(*) AS count FROM idempotency a JOIN idempotency b ON a.id < b.id AND a.time_ms > b.time_ms";
    expect(await selectOne(order)).toEqual({ count: 0 });
  },
);
