import { z } from "zod";
import { type Faults, faultRule } from "./faults.ts";
import {
  type Answer,
  HttpError,
  jsonAnswer,
  type Listening,
  listen,
  messageOf,
  parseJson,
  readBody,
  send,
} from "./http.ts";

const bodyLimitBytes = 64 * 1024;

/**
 * The control API of a gateway's faults, on a separate port, so that no fault can cut it off:
 * - `GET /faults`: `{ rules: FaultState[], counters: FaultCounters }`
 * - `POST /faults`: adds the rule in the body; 201 with its `FaultState`, or 400 with the reason
 * - `DELETE /faults` removes all rules, `DELETE /faults/7` one; `{ removed }`, or 404 if there is no such
 *   rule
 */
export function startFaultPort(faults: Faults, host: string, port: number): Promise<Listening> {
  return listen(
    (request, response) => {
      const answer = async (): Promise<Answer> => {
        // Otherwise a web page could add faults through its visitor's browser.
        if (request.headers.origin !== undefined)
          throw new HttpError(403, "web pages must not use this port");
        const body = await readBody(request, bodyLimitBytes);
        return route(faults, request.method ?? "", request.url ?? "/", body);
      };
      answer()
        .catch((caught) =>
          jsonAnswer(caught instanceof HttpError ? caught.status : 500, { message: messageOf(caught) }),
        )
        .then((result) => send(response, result));
    },
    host,
    port,
  );
}

function route(faults: Faults, method: string, url: string, body: string): Answer {
  const [, collection, id, ...rest] = new URL(url, "http://localhost").pathname.split("/");
  if (collection !== "faults" || rest.length > 0)
    throw new HttpError(404, "the paths are /faults and /faults/{id}");
  if (id === undefined) {
    if (method === "GET") return jsonAnswer(200, { rules: faults.list(), counters: faults.counters() });
    if (method === "POST") return jsonAnswer(201, faults.add(readRule(body)));
    if (method === "DELETE") return jsonAnswer(200, { removed: faults.clear() });
    throw new HttpError(405, "use GET, POST or DELETE");
  }
  if (method !== "DELETE") throw new HttpError(405, "use DELETE");
  const removed = /^\d{1,15}$/.test(id) ? faults.clear(Number(id)) : 0;
  if (removed === 0) throw new HttpError(404, `there is no rule ${id}`);
  return jsonAnswer(200, { removed });
}

function readRule(body: string) {
  const parsed = faultRule.safeParse(parseJson(body));
  if (!parsed.success) throw new HttpError(400, z.prettifyError(parsed.error));
  return parsed.data;
}
