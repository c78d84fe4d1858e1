import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import type { EdgeReading, EdgeReadings } from "../../durable-objects/calls/readings.ts";
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
  /** Serves a connection that the supervisor has accepted. */
  serve(socket: Socket): void;
  /** What it has done so far. */
  reading(): EdgeReading;
  /** Resolves when what is under way has been answered. */
  stop(): Promise<void>;
}

/**
 * Starts an edge: the application that Cloudflare runs, on Node, with the instruments behind links. Upgrades
 * pass through to workerd.
 * @param readEdges reads all edges of the venue.
 */
export function startEdge(settings: EdgeSettings, readEdges: () => Promise<EdgeReadings>): EdgeServer {
  const links = new EdgeLinks(settings);
  const app = createApp(nodePlatform());
  // Streams pass through, so the application meets no other object than an instrument.
  const env = { ...settings.vars, LINKS: links.door, EDGES: readEdges } as unknown as Env;
  const answer = getRequestListener((request) => app.fetch(request, env));
  const { workerdPort } = settings;
  const sockets = new Set<Socket>();
  const requests: Record<string, number> = {};
  let underWay = 0;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    underWay++;
    response.once("close", () => {
      underWay--;
      const status = `${Math.floor(response.statusCode / 100)}xx`;
      requests[status] = (requests[status] ?? 0) + 1;
    });
    if (isForWorkerd(request)) passRequest(workerdPort, request, response);
    else void answer(request, response);
  });
  server.on("upgrade", (request, socket, first) => passUpgrade(workerdPort, request, socket, first));
  // The supervisor listens. Node bounds the time of a request's head only after this event.
  server.emit("listening");
  return {
    serve: (socket) => {
      // A client may end its side after its request, and still wait for the answer.
      socket.allowHalfOpen = true;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      server.emit("connection", socket);
      socket.resume();
    },
    reading: () => ({ requests, connections: sockets.size, links: links.readings }),
    stop: async () => {
      server.closeIdleConnections();
      while (underWay > 0) await sleep(10);
      links.close();
    },
  };
}

/**
 * Whether workerd must answer a request itself: the stream, named in an upgrade that does not ask the connection
 * for it, and a path with a dot segment, which Node would resolve before the application sees it.
 */
function isForWorkerd({ headers, url = "" }: IncomingMessage): boolean {
  if (headers.upgrade !== undefined && STREAM.test(url)) return true;
  return url.includes("/.") || DOT_ESCAPED.test(url);
}

const STREAM = /^\/stream\/?(?:$|\?)/;
const DOT_ESCAPED = /\/%2e/i;
