import { randomBytes } from "node:crypto";
import { Edges, type EdgesHost } from "./edges.ts";
import { startVenue, type VenueOptions, type VenueProcess } from "./venue.ts";

interface EdgedVenueOptions extends VenueOptions {
  /** How many edges stand before workerd. */
  readonly edges: number;
  readonly edgesHost: EdgesHost;
}

/** A venue whose HTTP is answered by edges. */
export interface EdgedVenue extends VenueProcess {
  /** The address of workerd itself, which serves the same application on the loopback address. */
  readonly workerdUrl: string;
  /** The process ids of the edges that run at the moment. */
  readonly edgePids: () => readonly number[];
}

/**
 * Starts workerd and edges before it. @throws if one of them does not start, after the others have ended.
 */
export async function startEdgedVenue(options: EdgedVenueOptions): Promise<EdgedVenue> {
  const { host = "127.0.0.1", secondHost, edges: count, edgesHost, ...others } = options;
  const edges = new Edges(count, edgesHost);
  let venue: VenueProcess | undefined;
  try {
    const linkSecret = randomBytes(32).toString("base64url");
    const vars = { LISTENS_ON: host, ...options.vars };
    const workerd = await startVenue({ ...others, port: 0, vars, linkSecret });
    venue = workerd;
    const hosts = secondHost === undefined ? [host] : [host, secondHost];
    const { port: workerdPort, linkPort } = workerd;
    const settings = { workerdPort, linkPort, linkSecret, vars: workerd.vars };
    const port = await edges.start({ hosts, port: options.port ?? 0 }, settings);
    void workerd.ended.then(() => edges.stop());
    return {
      ...workerd,
      url: `http://${host}:${port}`,
      port,
      workerdUrl: workerd.url,
      edgePids: () => edges.pids,
      stop: async (signal) => {
        if (signal === "SIGKILL") edges.kill();
        // Edges come first, so that what is under way is answered.
        else await edges.stop();
        await workerd.stop(signal);
      },
    };
  } catch (error) {
    await Promise.all([edges.stop(), venue?.stop("SIGKILL")]);
    throw error;
  }
}
