import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "./faults.ts";
import { type Answer, jsonAnswer, send } from "./http.ts";

const garbage = '\u0000\u0007<<< not an answer >>> {"rows":[[';

/**
 * Executes one request and answers it, with the drawn fault if there is one. Only `refuse` and `status` skip
 * the execution. With all other faults the work is done (and committed), whatever the client receives. A
 * delay ends with an `AbortError` when `closing` is aborted.
 */
export async function answerWithFault(
  response: ServerResponse,
  fault: FaultRule | null,
  closing: AbortSignal,
  execute: () => Promise<Answer>,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return send(response, await execute());
    case "delay":
      await sleep(fault.milliseconds, undefined, { signal: closing });
      return send(response, await execute());
    case "refuse":
      response.destroy();
      return;
    case "status": {
      const message = `injected fault: status ${fault.status}`;
      return send(response, jsonAnswer(fault.status, { message, error: message }));
    }
    case "reset":
      return sendHalfThenReset(response, await execute());
    case "garbage":
      await execute();
      return send(response, { status: 200, body: garbage });
    case "commit_then_drop":
      await execute();
      response.destroy();
      return;
  }
}

async function sendHalfThenReset(response: ServerResponse, { status, body, headers }: Answer): Promise<void> {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
    ...headers,
  });
  const half = bytes.subarray(0, bytes.length >> 1);
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
  response.socket?.resetAndDestroy();
}
