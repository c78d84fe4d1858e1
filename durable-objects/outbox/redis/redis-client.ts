import { Redis } from "@upstash/redis/cloudflare";

/** The address of the mirror, and the time limit of one call. */
export interface RedisSettings {
  readonly url: string;
  readonly token: string;
  readonly requestMsMax: number;
}

/**
 * An error's text is cut to this length. The client puts the whole command into it, which may be a whole
 * book.
 */
const ERROR_LENGTH_MAX = 200;

/**
 * Redis over REST, for scripts only. Each call is one request that is sent once. It either answers or throws.
 */
export class RedisClient {
  readonly #redis: Redis;

  constructor({ url, token, requestMsMax }: RedisSettings) {
    this.#redis = new Redis({
      url,
      token,
      // This client treats `false` as one retry.
      retry: { retries: 0 },
      // A function, so that the time limit starts with each request and a request that exceeds it throws.
      // With a plain signal, this client returns "Aborted" as if Redis had answered it.
      signal: () => AbortSignal.timeout(requestMsMax),
      enableTelemetry: false,
      // Calls of different requests to the worker must not share a promise.
      enableAutoPipelining: false,
      // Text stays text. Parsed as JSON, a price of "1" would become a number, and "1.00" would too.
      automaticDeserialization: false,
      // All stored text is ASCII. Base64 would only make it a third longer.
      responseEncoding: false,
      readYourWrites: false,
    });
  }

  /**
   * Runs a script that may write.
   * @throws if Redis refused it or did not answer in time. In the latter case it may have run, or may still
   * run.
   */
  run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return shortened(() => this.#redis.eval(script, [...keys], [...args]));
  }

  /** Runs a script that only reads. @throws as `run` does. */
  read(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return shortened(() => this.#redis.evalRo(script, [...keys], [...args]));
  }
}

/** An error that Redis, or a proxy before it, returned instead of a result. */
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
