/** A command and its arguments, as text. */
export type RedisCommand = [string, ...string[]];

/** A reply of Redis: text as bytes, integers as numbers, nested lists, nil as null. */
export type RedisReply = Buffer | number | null | RedisError | RedisReply[];

/** Redis rejected the command. The message starts with its error code (`ERR`, `WRONGTYPE` …). */
export class RedisError extends Error {}

/** Redis did not answer. It is unknown whether the command took effect. */
export class RedisUnreachable extends Error {}

export interface RedisBackend {
  /** Throws `RedisError` or `RedisUnreachable`. */
  runOne(command: RedisCommand): Promise<RedisReply>;
  /** Runs commands one by one, in order. An error replaces the reply of its command. */
  runPipeline(commands: RedisCommand[]): Promise<RedisReply[]>;
  /**
   * Runs all commands in MULTI/EXEC, without interruption. An error at execution replaces the reply of its
   * command, since Redis does not roll back. If a command is rejected before execution, this throws
   * `RedisError`, and nothing was run.
   */
  runTransaction(commands: RedisCommand[]): Promise<RedisReply[]>;
  /** Throws if Redis does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}
