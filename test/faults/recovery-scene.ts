import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, type DatabaseKind } from "../gateway/services.ts";
import { eventually, MirroredVenue, MirrorServers } from "../mirror/mirrored-venue.ts";

const ORDER = {
  client_id: "client-K",
  instrument: "BTC-USD",
  side: "buy",
  type: "limit",
  price: 40_000,
  quantity: 1,
};

/**
 * A venue with its own database and mirror, whose storage can be lost, and its operator.
 * @param varsFor returns additional variables of the venue.
 */
export async function startRecoveryScene(
  kind: DatabaseKind["name"],
  varsFor: (gatewayUrl: string) => Promise<Record<string, string>> = async () => ({}),
) {
  const servers = new MirrorServers();
  const database = await createDatabase(kind);
  await migrate(database.url);
  await servers.start(database.source);
  const url = new URL(database.url);
  const allVars = {
    ADMIN_TOKEN: "t",
    DATABASE_URL: `postgres://${url.username || "u"}:${url.password || "p"}@${url.host}${url.pathname}`,
    NEON_FETCH_ENDPOINT: `${servers.gateway.url}/sql`,
    ...(await varsFor(servers.gateway.url)),
  };
  const venue = new MirroredVenue(servers, allVars);
  await venue.start();

  const operate = async (operation: string, method = "POST", sent?: object) => {
    const path = `${venue.url}/admin/instruments/BTC-USD/${operation}`;
    const headers = { authorization: "Bearer t", "content-type": "application/json" };
    const body = sent === undefined ? {} : { body: JSON.stringify(sent) };
    const response = await fetch(path, { method, headers, ...body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  const status = async () => (await operate("status", "GET")).body;

  const place = async (fields: object) => {
    const { status, body, isReplay } = await venue.http.post(
      "/orders",
      JSON.stringify({ ...ORDER, ...fields }),
    );
    return { status, isReplay, body: JSON.parse(body) };
  };

  const shipped = () =>
    eventually(async () => {
      const { sequence, sinks } = (await status()) as {
        sequence: number;
        sinks: { last_sequence: number }[];
      };
      expect(sinks.map((sink) => sink.last_sequence)).toEqual([sequence, sequence]);
      return sequence;
    });

  const agrees = () =>
    eventually(async () => {
      const { body } = await operate("verify");
      expect(body).toMatchObject({ agrees: true, difference: null, not_compared: [] });
    });

  async function loseStorage(): Promise<void> {
    await venue.stop("SIGKILL");
    const folder = join(servers.folder, "venue", "objects", "edgebook-Instrument");
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) rmSync(join(folder, file));
    await venue.start();
  }

  const stop = async () => {
    await venue.stop();
    await servers.stop();
    await database.drop();
  };
  return {
    servers,
    database,
    vars: allVars,
    venue,
    operate,
    status,
    place,
    shipped,
    agrees,
    loseStorage,
    stop,
  };
}
