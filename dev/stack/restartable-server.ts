import { type ServerProcess, waitUntilReady } from "./child-process.ts";

/** A server of our own that can be ended and brought back on the same data and port. */
export interface RestartableServer {
  readonly url: string;
  /** Process id while it runs, else null. */
  readonly pid: number | null;
  /** Starts it and resolves once it answers; does nothing where it runs. Throws where it ends or stays silent. */
  start(): Promise<void>;
  /** Ends it in order; open connections are cut. */
  stop(): Promise<void>;
  /** SIGKILL, to it and its children. */
  kill(): Promise<void>;
}

interface Recipe {
  url: string;
  /** The signal that ends it in order. */
  stopSignal: NodeJS.Signals;
  launch(): Promise<ServerProcess>;
  /** Resolves where the server answers, throws where it does not yet. */
  probe(): Promise<void>;
}

/** Makes a server from the way it is started, asked and stopped. */
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
