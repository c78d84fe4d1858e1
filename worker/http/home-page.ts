import { API_VERSION } from "../../protocol/version.ts";

const LINKS = [
  ["/docs", "Browse the API and try it out"],
  ["/openapi.json", "The OpenAPI document of the API"],
  ["/asyncapi.json", "The AsyncAPI document of the stream"],
  ["/public/instruments", "The instruments and their rules"],
  ["/public/orderbook", "The order book"],
  ["/public/trades", "The newest trades"],
  ["/public/ticker", "The best prices and the last 24 hours"],
  ["/healthz", "The health of the venue"],
  ["/metrics", "Metrics for Prometheus"],
] as const;

const items = LINKS.map(([path, what]) => `<li><a href="${path}">${path}</a>: ${what}</li>`).join("\n      ");

/** The page at `/` for browsers. It refers only to resources that the venue itself serves. */
export const homePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Edgebook</title>
    <link rel="icon" href="data:,">
    <style>
      :root { color-scheme: light dark; }
      body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
    </style>
  </head>
  <body>
    <h1>Edgebook</h1>
    <p>This is an exchange: it takes orders, matches them, and streams the market, over HTTP and WebSocket.
    Version ${API_VERSION} of the API.</p>
    <ul>
      ${items}
    </ul>
  </body>
</html>
`;

/** Whether a request is a browser's request for the page, by its path and its `Accept` header. */
export function asksForHomePage(request: Request): boolean {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const isRoot = new URL(request.url).pathname === "/";
  return isRead && isRoot && /\btext\/html\b/i.test(request.headers.get("accept") ?? "");
}
