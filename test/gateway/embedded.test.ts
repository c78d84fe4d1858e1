import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClientFrameReader, protocolMessage } from "../../dev/gateway/embedded/client-frames.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import { Turn } from "../../dev/gateway/embedded/turn.ts";
import { withClient } from "./services.ts";

let folder: string;
let shared: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgebook-embedded-"));
  shared = await startEmbeddedPostgres({ idleInTransactionMilliseconds: 300 });
});
afterAll(async () => {
  await shared?.close();
  await rm(folder, { recursive: true, force: true });
});

test("data in a folder is there again after a restart, and one process at a time may have it", async () => {
  const dataFolder = join(folder, "kept", "data");
  const first = await startEmbeddedPostgres({ dataFolder });
  await withClient(first.url, (client) => client.query("CREATE TABLE kept AS SELECT 7 AS id"));
  await expect(startEmbeddedPostgres({ dataFolder })).rejects.toThrow(`in use by process ${process.pid}`);
  await first.close();
  await first.close();
  const second = await startEmbeddedPostgres({ dataFolder });
  const { rows } = await withClient(second.url, (client) => client.query("SELECT id FROM kept"));
  expect(rows).toEqual([{ id: 7 }]);
  await second.close();
});

test("a transaction keeps everybody else waiting, and one left idle is ended and undone", async () => {
  await withClient(shared.url, (client) => client.query("CREATE TABLE seen (id int)"));
  const idler = new pg.Client({ connectionString: shared.url });
  const ended = new Promise<Error>((resolve) => idler.on("error", resolve));
  await idler.connect();
  await idler.query("BEGIN");
  await idler.query("INSERT INTO seen VALUES (1)");
  const { rows } = await withClient(shared.url, (client) =>
    client.query("SELECT count(*)::int AS n FROM seen"),
  );
  expect(rows).toEqual([{ n: 0 }]);
  expect(await ended).toMatchObject({ code: "25P03" });
});

test("COPY FROM STDIN, which would end the database for everybody, is refused by name", async () => {
  const client = new pg.Client({ connectionString: shared.url });
  client.on("error", () => {}); // the query is refused with the same
  await client.connect();
  await expect(client.query("COPY seen FROM STDIN")).rejects.toMatchObject({ code: "0A000" });
  const { rows } = await withClient(shared.url, (other) => other.query("SELECT 1 AS one"));
  expect(rows).toEqual([{ one: 1 }]);
});

test("bytes that are no Postgres client's, and half a message, hurt nobody", async () => {
  const port = Number(new URL(shared.url).port);
  const speak = (bytes: Buffer | string) =>
    new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () =>
        socket.write(bytes, () => setTimeout(() => socket.destroy(), 50)),
      );
      socket.on("error", () => socket.destroy());
      socket.on("close", () => resolve());
    });
  await Promise.all([
    speak("GET / HTTP/1.1\r\n\r\n"),
    speak(Buffer.from([0, 0, 1, 0, 0, 3])),
    speak(Buffer.alloc(64, 0xff)),
  ]);
  const { rows } = await withClient(shared.url, (client) => client.query("SELECT 2 AS two"));
  expect(rows).toEqual([{ two: 2 }]);
});

test("messages are cut alike however the bytes arrive", () => {
  const startup = Buffer.concat([Buffer.from([0, 0, 0, 9, 0, 3, 0, 0]), Buffer.alloc(1)]);
  const encryption = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  const query = protocolMessage("Q", Buffer.from("SELECT 1\0"));
  const bytes = Buffer.concat([encryption, startup, query, protocolMessage("S")]);
  const cut = (size: number) => {
    const reader = new ClientFrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(...reader.push(bytes.subarray(at, at + size)));
    return frames.map(({ kind, type, bytes }) => `${kind} ${type} ${bytes.length}`);
  };
  const expected = ["encryption_request  8", "startup  9", "message Q 14", "message S 5"];
  for (let size = 1; size <= bytes.length; size++) expect(cut(size)).toEqual(expected);
});

test("turns go round in the order they were asked for", async () => {
  const turn = new Turn<string>();
  const order: string[] = [];
  const take = (owner: string) => turn.acquire(owner).then(() => order.push(owner));
  await take("a");
  await take("a");
  const others = [take("b"), take("c")];
  turn.release("b"); // does not hold it: nothing happens
  expect(order).toEqual(["a", "a"]);
  turn.release("a");
  turn.release("a");
  await others[0];
  expect(turn.isHeldBy("b")).toBe(true);
  turn.release("b");
  await others[1];
  expect(order).toEqual(["a", "a", "b", "c"]);
});
