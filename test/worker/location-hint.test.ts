import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../durable-objects/runtime/env.ts";
import worker from "../../worker/index.ts";
import { ORDER } from "./client.ts";

test("an instrument's object is requested near its region, and one without a region anywhere", async () => {
  const asked: (DurableObjectNamespaceGetDurableObjectOptions | undefined)[] = [];
  const namespace = {
    idFromName: (name: string) => env.INSTRUMENT.idFromName(name),
    get: (...[id, options]: Parameters<Env["INSTRUMENT"]["get"]>) => {
      asked.push(options);
      return env.INSTRUMENT.get(id, options);
    },
  };
  const [first, ...others] = env.INSTRUMENTS as object[];
  const bindings = {
    ...env,
    INSTRUMENT: namespace as Env["INSTRUMENT"],
    INSTRUMENTS: [{ ...first, location_hint: "weur" }, ...others],
  };
  const statusOf = async (path: string, init?: RequestInit) => {
    const request = new Request(`http://venue.test${path}`, init);
    const context = createExecutionContext();
    return (await worker.fetch(request, bindings, context)).status;
  };
  const headers = { "content-type": "application/json" };
  expect(await statusOf("/orders", { method: "POST", headers, body: JSON.stringify(ORDER) })).toBe(201);
  expect(await statusOf("/public/orderbook?instrument=ETH-USD")).toBe(200);
  expect(asked).toEqual([{ locationHint: "weur" }, {}]);
});

test("a gateway is requested near its instruments", async () => {
  const asked: unknown[] = [];
  const namespace = {
    getByName: (...[name, options]: Parameters<Env["GATEWAY"]["getByName"]>) => {
      asked.push([name, options]);
      return env.GATEWAY.getByName(name, options);
    },
  };
  const [first, ...others] = env.INSTRUMENTS as object[];
  const bindings = {
    ...env,
    GATEWAY: namespace as Env["GATEWAY"],
    ORDER_GATEWAYS: "1",
    INSTRUMENTS: [{ ...first, location_hint: "weur" }, ...others],
  };
  for (const instrument of ["BTC-USD", "ETH-USD"]) {
    const request = new Request(`http://venue.test/public/status?instrument=${instrument}`);
    expect((await worker.fetch(request, bindings, createExecutionContext())).status).toBe(200);
  }
  expect(asked).toEqual([
    ["weur/0", { locationHint: "weur" }],
    ["anywhere/0", {}],
  ]);
});
