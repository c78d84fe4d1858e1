import { createClient, ErrorReply, MultiErrorReply, RESP_TYPES } from "@redis/client";
import {
  type RedisBackend,
  type RedisCommand,
  RedisError,
  type RedisReply,
  RedisUnreachable,
} from "./redis-backend.ts";

const connectTimeoutMilliseconds = 2_000;
const longestReconnectMilliseconds = 1_000;

/**
 * One connection to Redis, shared by all requests. Commands are neither queued nor sent twice: while Redis is
 * unavailable they fail at once. The connection is restored automatically.
 */
export async function openRedis(url: string, log: (line: string) => void): Promise<RedisBackend> {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    name: "edgebook-gateway",
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer } },
    socket: {
      connectTimeout: connectTimeoutMilliseconds,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, longestReconnectMilliseconds),
    },
  });
  let reported = "";
  client.on("error", (error: Error) => {
    // Logged once per outage, not once per attempt to reconnect.
    if (error.message !== reported) log(`Redis: ${error.message}`);
    reported = error.message;
  });
  client.on("ready", () => {
    reported = "";
  });
  // This waits for the first attempt, whatever its result: Redis may start later than the gateway.
  await new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.once("error", () => resolve());
    client.connect().catch(reject);
  });
  const send = (command: RedisCommand) => client.sendCommand<unknown>(command).then(toReply, fail);
  return {
    runOne: async (command) => {
      const reply = await send(command);
      if (reply instanceof RedisError) throw reply;
      return reply;
    },
    // Sent together: the client writes them in this order, before other commands.
    runPipeline: (commands) => Promise.all(commands.map((command) => send(command).catch(keepRefusal))),
    runTransaction: async (commands) => {
      const transaction = client.multi();
      for (const command of commands) transaction.addCommand(command);
      const replies: unknown[] = await transaction.exec().catch((caught: unknown) => {
        if (caught instanceof MultiErrorReply) return caught.replies;
        return fail(caught);
      });
      return replies.map(toReply);
    },
    check: async () => void (await send(["PING"])),
    close: async () => client.destroy(),
  };
}

function fail(caught: unknown): never {
  if (caught instanceof ErrorReply) throw new RedisError(caught.message);
  throw new RedisUnreachable(caught instanceof Error ? caught.message : String(caught), { cause: caught });
}

function keepRefusal(caught: unknown): RedisReply {
  if (caught instanceof RedisError) return caught;
  throw caught;
}

function toReply(raw: unknown): RedisReply {
  if (raw === null || typeof raw === "number" || Buffer.isBuffer(raw)) return raw;
  if (Array.isArray(raw)) return raw.map(toReply);
  if (raw instanceof ErrorReply) return new RedisError(raw.message);
  return Buffer.from(String(raw));
}
