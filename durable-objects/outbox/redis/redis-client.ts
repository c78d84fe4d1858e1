import { Redis } from "@upstash/redis/cloudflare";

/** Where the mirror is, and how long one call to it may take. */
export interface RedisSettings {
  readonly url: string;
  readonly token: string;
  readonly requestMsMax: number;
}

/** An error's text is cut here: the client puts the whole command into it, which may be a whole book. */
const ERROR_LENGTH_MAX = 200;

/** Redis over REST, for scripts alone: each call is one request, is sent once, and either answers or throws. */
export class RedisClient {
  readonly #redis: Redis;

  constructor({ url, token, requestMsMax }: RedisSettings) {
    this.#redis = new Redis({
      url,
      token,
      // Not `false`, which this client takes for one more try.
      retry: { retries: 0 },
      // A function, so that the limit starts with each request, and a request that exceeds it throws: with a
      // plain signal this client answers "Aborted" as if Redis had said so.
      signal: () => AbortSignal.timeout(requestMsMax),
      enableTelemetry: false,
      // Calls of several requests to the worker must not share a promise.
      enableAutoPipelining: false,
      // Text stays text: parsed as JSON, a price of "1" would come back as a number and one of "1.00" would not.
      automaticDeserialization: false,
      // All we keep is ASCII; base64 would only make it a third longer.
      responseEncoding: false,
      readYourWrites: false,
    });
  }

  /**
   * Runs a script that may write.
   * @throws if Redis refused it or did not answer in time; then it may have run, or may run yet.
   */
  run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return shortened(() => this.#redis.eval(script, [...keys], [...args]));
  }

  /** Runs a script that only reads. @throws as `run` does. */
  read(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return shortened(() => this.#redis.evalRo(script, [...keys], [...args]));
  }
}

/** What Redis, or the way to it, answered in place of a result. */
class RedisError extends Error {
  override readonly name = "RedisError";
}

async function shortened(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (cause) {
    throw new RedisError(String(cause).slice(0, ERROR_LENGTH_MAX));
  }
}
