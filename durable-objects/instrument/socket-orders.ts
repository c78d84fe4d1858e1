import { batchBody } from "../../protocol/batch-request.ts";
import type { OrderOp } from "../../protocol/feed/feed-request.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { amendOrderRequest, cancelAfterRequest, cancelAllRequest } from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { validate } from "../../protocol/validate.ts";
import { type Answer, answer, problemAnswer, readAnswer } from "../calls/answer.ts";
import { type ObjectCall, writeLine } from "../calls/call.ts";
import { amendCall } from "../calls/call-of-body.ts";
import { readBatch } from "../calls/read-batch.ts";
import { readOrder } from "../calls/read-order.ts";
import type { Session } from "../feed/session.ts";
import { log } from "../runtime/log.ts";

/** Where orders are submitted. */
export interface OrderPorts {
  readonly submit: (line: string, commands?: number) => Promise<Answer> | Answer;
  readonly cancelAfter: (clientId: string, seconds: number) => Answer;
}

/** Order entry over a socket: the same bodies and answers as over HTTP, for the client of the connection. */
export class OrderOps {
  readonly #spec: InstrumentSpec;
  readonly #ports: OrderPorts;

  constructor(spec: InstrumentSpec, ports: OrderPorts) {
    this.#spec = spec;
    this.#ports = ports;
  }

  /** Processes a request after the session's earlier ones. The answers come in the same order. */
  run(session: Session, op: OrderOp, reply: (given: Answer) => void): void {
    const submitted = session.inbox
      .then(() => this.#submit(session, op))
      .catch((error: unknown) => ({ given: failure(error) }));
    session.inbox = submitted.then(() => undefined);
    session.tail = Promise.all([submitted, session.tail])
      .then(async ([{ given }]) => reply(await given))
      .catch((error: unknown) => reply(failure(error)));
  }

  /** Submits a request. @returns the answer in an object, so that the next request need not wait for it. */
  async #submit(session: Session, op: OrderOp): Promise<{ readonly given: Promise<Answer> | Answer }> {
    const { clientId } = session.attachment;
    if (clientId === null) {
      throw new Refusal({ code: "forbidden", detail: "connect with client_id to place and change orders" });
    }
    if (op.op === "cancel_after") {
      const { seconds } = this.#own(clientId, op.body, cancelAfterRequest);
      return { given: one(this.#ports.cancelAfter(clientId, seconds)) };
    }
    const request = await this.#request(clientId, op);
    const commands = request.kind === "batch" ? request.entries.length : 1;
    const given = this.#ports.submit(writeLine(request), commands);
    return { given: op.op === "cancel_all" ? Promise.resolve(given).then(one) : given };
  }

  async #request(clientId: string, op: Exclude<OrderOp, { op: "cancel_after" }>): Promise<ObjectCall> {
    switch (op.op) {
      case "place": {
        const { instrument, request } = readOrder(this.#completed(clientId, op.body));
        this.#checkOwn(clientId, request.clientId, instrument);
        return request;
      }
      case "cancel":
        return { kind: "cancel", orderId: op.order_id };
      case "amend":
        return amendCall(op.order_id, validate(op.body, amendOrderRequest));
      case "batch": {
        const body = this.#own(clientId, op.body, batchBody);
        return readBatch(body, (order, index) =>
          checkClient(clientId, order.clientId, `entries.${index}.client_id`),
        );
      }
      case "cancel_all": {
        const { side = null } = this.#own(clientId, op.body ?? {}, cancelAllRequest);
        return { kind: "cancel_all", clientId, side };
      }
    }
  }

  /** Parses a body. If it has no client or instrument, those of the connection apply. */
  #own<T extends Parameters<typeof validate>[1]>(clientId: string, body: object, schema: T) {
    const read = validate(this.#completed(clientId, body), schema) as {
      readonly client_id?: string;
      readonly instrument?: string;
    };
    this.#checkOwn(clientId, read.client_id, read.instrument);
    return read as ReturnType<typeof validate<T>>;
  }

  #completed(clientId: string, body: object): object {
    return { client_id: clientId, instrument: this.#spec.instrument, ...body };
  }

  /** @throws Refusal if a request names another client or instrument than its connection. */
  #checkOwn(clientId: string, named: string | undefined, instrument: string | undefined): void {
    checkClient(clientId, named, "client_id");
    if (instrument === this.#spec.instrument) return;
    const detail = `this connection is for ${this.#spec.instrument}`;
    throw new Refusal({ code: "instrument_unknown", field: "instrument", detail });
  }
}

/** A connection cannot place orders for another client. @throws Refusal with the field that names one. */
function checkClient(clientId: string, named: string | undefined, field: string): void {
  if (named === undefined || named === clientId) return;
  throw new Refusal({ code: "forbidden", field, detail: `this connection is for ${clientId}` });
}

/** An answer in the form of an answer about several instruments. */
function one(given: Answer): Answer {
  const { status, body } = readAnswer(given);
  return status === 200 ? answer(200, `{"results":[${body}]}`) : given;
}

function failure(error: unknown): Answer {
  if (error instanceof Refusal) return problemAnswer(error.problem);
  log("error", "socket_request_failed", { error: String(error) });
  return problemAnswer({ code: "outcome_unknown", detail: "the request failed; its outcome is unknown" });
}
