import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseKinds, title } from "../gateway/services.ts";
import { redisServerReason } from "../mirror/mirrored-venue.ts";
import { Random } from "../support/random.ts";
import { startRecoveryScene } from "./recovery-scene.ts";
import { type Metered, startMeter } from "./request-meter.ts";

const redisMissing = await redisServerReason();
const SEED = 907;
const BYTES_MAX = 1_000_000;
const CLIENTS = 4;
const BATCH = 500;

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(title(`the size of what goes to ${kind.name} and Redis`, reason), () => {
    const random = new Random(SEED);
    let scene: Awaited<ReturnType<typeof startRecoveryScene>>;
    let meter: Awaited<ReturnType<typeof startMeter>>;

    beforeAll(async () => {
      scene = await startRecoveryScene(kind.name, async (gatewayUrl) => {
        meter = await startMeter(gatewayUrl);
        return { NEON_FETCH_ENDPOINT: `${meter.url}/sql`, UPSTASH_REDIS_REST_URL: meter.url };
      });
    });
    afterAll(async () => {
      meter?.close();
      await scene?.stop();
    });

    /** A name of the maximum length, with characters that take two bytes each in JSON. */
    const longest = (length: number, start: string) =>
      start + Array.from({ length: length - start.length }, () => random.pick(['"', "\\"])).join("");

    /** An order with long fields: names, an expiry, a slice, a group. */
    const entry = (client: number, index: number) => ({
      action: "place",
      side: client % 2 === 0 ? "buy" : "sell",
      type: "limit",
      price: (client % 2 === 0
        ? 1 + random.below(4_000_000) / 100
        : 9_000_000 + random.below(90_000) / 100
      ).toFixed(2),
      quantity: `${random.between(1_000, 9_999)}.${random.between(10_000_000, 99_999_999)}`,
      time_in_force: "gtd",
      expires_at: "2099-12-31T23:59:59.999Z",
      display_quantity: "1000",
      client_order_id: longest(64, `${index} `.trim()),
      stp_group: longest(64, `g${index}`),
      idempotency_key: longest(128, `${client}-${index}-`),
      self_trade_prevention: "decrement",
    });

    const batch = async (client_id: string, entries: readonly object[]) => {
      const body = JSON.stringify({ instrument: "BTC-USD", client_id, entries });
      const answer = await scene.venue.http.post("/orders/batch", body);
      expect(answer.status, answer.body.slice(0, 500)).toBe(200);
      const { results } = JSON.parse(answer.body) as { results: { status: number; body: object }[] };
      const refused = results.find(({ status }) => status !== 201);
      expect(refused, `seed ${SEED}`).toBeUndefined();
    };

    const expectSmall = (metered: Record<string, Metered>) => {
      const sizes = Object.values(metered).flatMap((each) => [each.requestBytesMax, each.answerBytesMax]);
      expect(Math.max(...sizes), JSON.stringify(metered)).toBeLessThan(BYTES_MAX);
      return metered;
    };

    test("is below 1 MB in shipping, in refills, in verify and in a rebuild", async () => {
      for (let client = 0; client < CLIENTS; client++) {
        const name = longest(64, `client-${client}-`);
        for (let from = 0; from < 1_000; from += BATCH)
          await batch(
            name,
            Array.from({ length: BATCH }, (_, index) => entry(client, from + index)),
          );
      }
      // Several hundred trades at once.
      await scene.place({
        client_id: longest(64, "taker"),
        type: "market",
        price: undefined,
        quantity: 10_000,
      });
      await scene.shipped();
      expectSmall(meter.take());
      expect((await scene.operate("verify")).body).toMatchObject({ agrees: true, not_compared: [] });
      expect(expectSmall(meter.take())["/"]?.answerBytesMax).toBeLessThan(500_000);
      await scene.loseStorage();
      expect(await scene.operate("rebuild")).toMatchObject({ status: 200, body: { orders_ahead: 0 } });
      await scene.operate("unfreeze");
      await scene.shipped();
      expectSmall(meter.take());
      await scene.agrees();
    });
  });
}
