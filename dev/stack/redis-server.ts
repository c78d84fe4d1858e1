import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createClient } from "@redis/client";
import { startServer } from "./child-process.ts";
import { type RestartableServer, restartable } from "./restartable-server.ts";

const programs = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"];

export interface RedisServerOptions {
  /** The folder of the data, made on the first start. */
  folder: string;
  port: number;
}

/**
 * A Redis from Debian's package, on the loopback address only, with an append-only file, so that its data
 * survives a restart. Throws with the name of the package if the program is missing.
 */
export async function prepareRedis({ folder, port }: RedisServerOptions): Promise<RestartableServer> {
  const command = programs.find((path) => existsSync(path));
  if (command === undefined)
    throw new Error(`no ${programs.join(" or ")}: install Debian's package redis-server`);
  const url = `redis://127.0.0.1:${port}`;
  return restartable({
    url,
    stopSignal: "SIGTERM",
    probe: () => ping(url),
    launch: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const args = [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--appendonly",
        "yes",
        "--save",
        "",
      ];
      return startServer({ name: "Redis", command, args, options: { cwd: "/" } });
    },
  });
}

async function ping(url: string): Promise<void> {
  const client = createClient({ url, socket: { connectTimeout: 2_000, reconnectStrategy: false } });
  client.on("error", () => {}); // connect() rejects with the same error
  await client.connect();
  try {
    await client.ping();
  } finally {
    client.destroy();
  }
}
