import { type ServerProcess, waitUntilReady } from "./child-process.ts";

/** A server that can be stopped and restarted on the same data and port. */
export interface RestartableServer {
  readonly url: string;
  /** The process id while it runs, otherwise null. */
  readonly pid: number | null;
  /**
   * Starts the server and resolves once it answers. Does nothing if it runs. Throws if it ends or does not
   * answer.
   */
  start(): Promise<void>;
  /** Ends the server in order. Open connections are cut. */
  stop(): Promise<void>;
  /** Sends SIGKILL to the server and its children. */
  kill(): Promise<void>;
}

interface Recipe {
  url: string;
  /** The signal that ends the server in order. */
  stopSignal: NodeJS.Signals;
  launch(): Promise<ServerProcess>;
  /** Resolves if the server answers, and throws if it does not yet. */
  probe(): Promise<void>;
}

/** Makes a server from the functions that start and probe it, and the signal that stops it. */
export function restartable({ url, stopSignal, launch, probe }: Recipe): RestartableServer {
  let server: ServerProcess | null = null;
  const end = async (how: (running: ServerProcess) => Promise<void>) => {
    const running = server;
    server = null;
    if (running !== null) await how(running);
  };
  return {
    url,
    get pid() {
      return server?.pid ?? null;
    },
    start: async () => {
      if (server !== null) return;
      const started = await launch();
      try {
        await waitUntilReady(started, probe);
      } catch (cause) {
        await started.stop(stopSignal);
        throw cause;
      }
      server = started;
    },
    stop: () => end((running) => running.stop(stopSignal)),
    kill: () => end((running) => running.kill()),
  };
}
