import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type Answer, HttpError, jsonAnswer, messageOf, parseJson } from "./http.ts";
import {
  type RedisBackend,
  type RedisCommand,
  RedisError,
  type RedisReply,
  RedisUnreachable,
} from "./redis-backend.ts";
import { isSameSecret } from "./secret.ts";

/** The served paths, all with POST. */
export const redisPaths = ["/", "/pipeline", "/multi-exec"] as const;
export type RedisPath = (typeof redisPaths)[number];

const argument = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const command = z
  .tuple([z.string().min(1)], argument)
  .refine(([name]) => !forbidden.has(name.toUpperCase()), {
    error: (issue) =>
      `ERR ${(issue.input as string[])[0]} requires a dedicated connection and is not available over REST`,
  })
  .transform((words): RedisCommand => words);
const commands = z.array(command).min(1);

/** Commands that would change, block or end the one connection that all requests share. */
const forbidden = new Set(
  (
    "AUTH HELLO SELECT RESET QUIT MONITOR CLIENT MULTI EXEC DISCARD WATCH UNWATCH SHUTDOWN SYNC PSYNC " +
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE WAIT WAITAOF " +
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP"
  ).split(" "),
);

/**
 * Serves one POST of the Redis REST interface. `/` takes a command and answers `{ result }`. `/pipeline` and
 * `/multi-exec` take a list and answer a list of `{ result }` or `{ error }`. With `Upstash-Encoding:
 * base64`, all text in results is base64. A command that Redis rejects is 400 `{ error }`, a missing or wrong
 * bearer token 401, an unavailable Redis 502, and no configured Redis (`redis` null) 503.
 */
export async function serveRedis(
  redis: { backend: RedisBackend; token: string } | null,
  path: RedisPath,
  headers: IncomingHttpHeaders,
  body: string,
): Promise<Answer> {
  if (redis === null)
    return jsonAnswer(503, { error: "ERR no Redis is configured for this gateway: set REDIS_URL" });
  if (!isAuthorized(headers, redis.token)) {
    return jsonAnswer(401, { error: "ERR unauthorized: the bearer token is missing or wrong" });
  }
  const encode = encoderFor(headers);
  try {
    if (path === "/") {
      return jsonAnswer(200, { result: encode(await redis.backend.runOne(read(command, body))) });
    }
    const list = read(commands, body);
    const replies = await (path === "/pipeline"
      ? redis.backend.runPipeline(list)
      : redis.backend.runTransaction(list));
    return jsonAnswer(
      200,
      replies.map((reply) =>
        reply instanceof RedisError ? { error: reply.message } : { result: encode(reply) },
      ),
    );
  } catch (caught) {
    if (caught instanceof HttpError) return jsonAnswer(caught.status, { error: caught.message });
    if (caught instanceof RedisError) return jsonAnswer(400, { error: caught.message });
    if (caught instanceof RedisUnreachable) {
      return jsonAnswer(502, { error: `ERR Redis cannot be reached: ${messageOf(caught)}` });
    }
    throw caught;
  }
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? "malformed";
  throw new HttpError(400, message.startsWith("ERR ") ? message : `ERR malformed command: ${message}`);
}

function isAuthorized(headers: IncomingHttpHeaders, token: string): boolean {
  return isSameSecret(/^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "", token);
}

type Encoded = string | number | null | Encoded[];

function encoderFor(headers: IncomingHttpHeaders): (reply: RedisReply) => Encoded {
  const base64 = headers["upstash-encoding"] === "base64";
  const encode = (reply: RedisReply): Encoded => {
    if (Array.isArray(reply)) return reply.map(encode);
    if (reply instanceof RedisError) return encode(Buffer.from(reply.message));
    if (!Buffer.isBuffer(reply)) return reply;
    // "OK" is never base64, and the client recognizes it.
    if (base64 && reply.toString("latin1") !== "OK") return reply.toString("base64");
    return reply.toString("utf8");
  };
  return encode;
}
