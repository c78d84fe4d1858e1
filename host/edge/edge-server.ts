import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { createApp } from "../../worker/app.ts";
import { EdgeLinks } from "./edge-links.ts";
import type { EdgeSettings } from "./edge-settings.ts";
import { nodePlatform } from "./node-platform.ts";
import { passRequest, passUpgrade } from "./pass-through.ts";

/**
 * How long an idle connection stays open. It is longer than the pools of proxies and clients keep theirs, so
 * that none sends a request on a connection that closes at that moment.
 */
const KEEP_ALIVE_MS = 75_000;

/** A running edge. */
export interface EdgeServer {
  readonly port: number;
  /** Accepts nothing more, and resolves when what is under way has been answered. */
  stop(): Promise<void>;
}

/**
 * Starts an edge: the application that Cloudflare runs, on Node, with the instruments behind links. Upgrades
 * pass through to workerd. @throws if an address is in use.
 */
export async function startEdge(settings: EdgeSettings): Promise<EdgeServer> {
  const links = new EdgeLinks(settings);
  const app = createApp(nodePlatform());
  // Streams pass through, so the application meets no other object than an instrument.
  const env = { ...settings.vars, LINKS: links.door } as unknown as Env;
  const answer = getRequestListener((request) => app.fetch(request, env));
  const { workerdPort } = settings;
  let underWay = 0;
  const listen = async (host: string, port: number) => {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      underWay++;
      response.once("close", () => underWay--);
      if (isUpgradeOfStream(request)) passRequest(workerdPort, request, response);
      else void answer(request, response);
    });
    server.on("upgrade", (request, socket, first) => passUpgrade(workerdPort, request, socket, first));
    await listening(server, host, port);
    return server;
  };
  const [first = "127.0.0.1", ...others] = settings.hosts;
  const main = await listen(first, settings.port);
  const { port } = main.address() as AddressInfo;
  const servers = [main];
  for (const host of others) servers.push(await listen(host, port));
  return {
    port,
    stop: async () => {
      for (const server of servers) {
        server.close();
        server.closeIdleConnections();
      }
      while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      links.close();
    },
  };
}

/** Whether a request names an upgrade and is none for Node, since it does not ask the connection for it. */
function isUpgradeOfStream({ headers, url }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /^\/stream\/?(?:$|\?)/.test(url ?? "");
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
}
