import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClientFrameReader, protocolMessage } from "../../dev/gateway/embedded/client-frames.ts";
import { DamagedDatabase } from "../../dev/gateway/embedded/damage.ts";
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

test("data in a folder survives a restart, with a new password, and one process at a time may use it", {
  timeout: 120_000,
}, async () => {
  const dataFolder = join(folder, "kept", "data");
  const first = await startEmbeddedPostgres({ dataFolder });
  await withClient(first.url, (client) => client.query("CREATE TABLE kept AS SELECT 7 AS id"));
  await expect(startEmbeddedPostgres({ dataFolder })).rejects.toThrow(`in use by process ${process.pid}`);
  await first.close();
  await first.close();
  const second = await startEmbeddedPostgres({ dataFolder });
  const { rows } = await withClient(second.url, (client) => client.query("SELECT id FROM kept"));
  expect(rows).toEqual([{ id: 7 }]);
  const passwords = [first, second, shared].map(({ url }) => new URL(url).password);
  expect(new Set(passwords).size).toBe(3);
  for (const password of passwords) expect(password.length).toBeGreaterThanOrEqual(32);
  await second.close();
});

test("a folder that is no longer a database is not overwritten", async () => {
  const dataFolder = join(folder, "damaged");
  await mkdir(dataFolder);
  await writeFile(join(dataFolder, "left"), "of a database");
  const opened = startEmbeddedPostgres({ dataFolder });
  await expect(opened).rejects.toThrow(new DamagedDatabase("PG_VERSION is missing"));
  expect(await readdir(dataFolder)).toEqual(["left"]);
});

test("other clients wait for a transaction, and an idle one is ended and rolled back", async () => {
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
  client.on("error", () => {}); // the query fails with the same error
  await client.connect();
  await expect(client.query("COPY seen FROM STDIN")).rejects.toMatchObject({ code: "0A000" });
  const { rows } = await withClient(shared.url, (other) => other.query("SELECT 1 AS one"));
  expect(rows).toEqual([{ one: 1 }]);
});

test("bytes that are not of a Postgres client, and half a message, do not disturb other clients", async () => {
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

test("a wrong password is refused, as by Postgres", async () => {
  const refusal = (change: (url: URL) => void) => {
    const url = new URL(shared.url);
    change(url);
    return withClient(url.href, (client) => client.query("SELECT 1")).catch((error) => error.code);
  };
  const own = new URL(shared.url).password;
  for (const wrong of ["postgres", "", own.slice(1), `${own}x`, own.toLowerCase()]) {
    expect(await refusal((url) => void Object.assign(url, { password: wrong }))).toBe("28P01");
  }
  expect(await refusal((url) => void Object.assign(url, { username: "edgebook" }))).toBe("28P01");
  const { rows } = await withClient(shared.url, (client) => client.query("SELECT 3 AS three"));
  expect(rows).toEqual([{ three: 3 }]);
});

test("nothing reaches the database before the password, however the messages arrive", async () => {
  const port = Number(new URL(shared.url).port);
  const startup = Buffer.from("\0\x03\0\0user\0postgres\0\0", "latin1");
  const length = Buffer.alloc(4);
  length.writeInt32BE(startup.length + 4);
  const opening = Buffer.concat([length, startup]);
  const password = (text: string) => protocolMessage("p", Buffer.from(`${text}\0`));
  const query = protocolMessage("Q", Buffer.from("CREATE TABLE slipped_in (id int)\0"));
  const answerTo = (...messages: Buffer[]) =>
    new Promise<string>((resolve) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.end(Buffer.concat(messages)));
      socket.on("data", (bytes) => {
        answer += bytes.toString("latin1");
      });
      socket.on("error", () => {}); // it is cut, and a close event follows
      socket.on("close", () => resolve(answer));
    });
  expect(await answerTo(opening, query)).toContain("C08P01");
  expect(await answerTo(password(new URL(shared.url).password), query)).toContain("C08P01");
  expect(await answerTo(opening, protocolMessage("p", Buffer.alloc(20_000)))).toContain("C08P01");
  const own = new URL(shared.url).password;
  const guesses = await answerTo(opening, password("a"), password(own), query);
  expect(guesses.match(/C28P01/g)).toHaveLength(1);
  const { rows } = await withClient(shared.url, (client) =>
    client.query("SELECT FROM pg_class WHERE relname = 'slipped_in'"),
  );
  expect(rows).toEqual([]);
});

test("messages are split correctly, however the bytes arrive", () => {
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

test("turns are granted in the order of the requests", async () => {
  const turn = new Turn<string>();
  const order: string[] = [];
  const take = (owner: string) => turn.acquire(owner).then(() => order.push(owner));
  await take("a");
  await take("a");
  const others = [take("b"), take("c")];
  turn.release("b"); // "b" does not have the turn: nothing happens
  expect(order).toEqual(["a", "a"]);
  turn.release("a");
  turn.release("a");
  await others[0];
  expect(turn.isHeldBy("b")).toBe(true);
  turn.release("b");
  await others[1];
  expect(order).toEqual(["a", "a", "b", "c"]);
});
