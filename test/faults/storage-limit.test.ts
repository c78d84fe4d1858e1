import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseKinds, title } from "../gateway/services.ts";
import { eventually, redisServerReason } from "../mirror/mirrored-venue.ts";
import { startRecoveryScene } from "./recovery-scene.ts";

const LIMIT_BYTES = 1_500_000;
const ORDERS_AT_ONCE = 64;
const [kind] = await databaseKinds();
const reason = kind?.reason ?? (await redisServerReason());

describe.skipIf(reason !== null)(title("an instrument that fills its storage", reason), () => {
  let scene: Awaited<ReturnType<typeof startRecoveryScene>>;
  let stopShipping: { id: number };

  beforeAll(async () => {
    scene = await startRecoveryScene("postgres", async () => ({
      STORAGE_BYTES_MAX: String(LIMIT_BYTES),
      JOURNAL_EVENTS_RETAINED: "0",
    }));
    await scene.place({});
    await scene.shipped();
    stopShipping = scene.servers.gateway.faults.add({ target: "postgres", kind: "refuse", count: 1_000_000 });
  });
  afterAll(() => scene?.stop());

  test("first accepts only cancels, loses nothing, and trades again once pruning has freed space", async () => {
    const { place, venue, status, servers, agrees } = scene;
    const open: string[] = [];
    let refused: Awaited<ReturnType<typeof place>> | undefined;
    // Without keys, only the journal and the orders grow, and both are pruned.
    for (let round = 0; refused === undefined; round++) {
      expect(round, "the limit is never reached").toBeLessThan(1_000);
      const answers = await Promise.all(
        Array.from({ length: ORDERS_AT_ONCE }, (_, index) =>
          place({ client_id: `client-${index}`, price: 20_000 + (index % 7) }),
        ),
      );
      for (const answer of answers) {
        if (answer.status === 201) open.push(answer.body.order_id);
        else refused = answer;
      }
    }
    expect(refused).toMatchObject({ status: 503, body: { code: "storage_full" } });
    expect(Number((await status()).storage_bytes)).toBeGreaterThanOrEqual(LIMIT_BYTES);
    const cancel = await venue.http.post(`/orders/${open.pop()}/cancel`);
    expect(cancel.status).toBe(200);

    servers.gateway.faults.clear(stopShipping.id);
    await eventually(async () => expect((await place({ price: 21_000 })).status).toBe(201), 90_000);
    expect(Number((await status()).storage_bytes)).toBeLessThan(LIMIT_BYTES);
    await agrees();
    // Each of the others is where it was.
    for (const orderId of [open[0], open.at(-1)]) {
      expect(JSON.parse((await venue.http.get(`/public/orders/${orderId}`)).body)).toMatchObject({
        status: "open",
      });
    }
  });
});
