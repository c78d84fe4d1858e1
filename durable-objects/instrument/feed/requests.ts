import type { Problem } from "../../../protocol/error-code.ts";
import { isPrivate } from "../../../protocol/feed-channel.ts";
import {
  type FeedRequest,
  feedRequest,
  type OrderOp,
  REQUEST_LENGTH_MAX,
} from "../../../protocol/feed-request.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { JsonError, readJson } from "../../../protocol/json.ts";
import { Refusal } from "../../../protocol/refusal.ts";
import { validate } from "../../../protocol/validate.ts";
import { type Answer, answer, problemAnswer, readAnswer } from "../answer.ts";
import type { Feed } from "./feed.ts";
import { OrderOps, type OrderPorts } from "./order-ops.ts";
import type { Session } from "./session.ts";

const POLICY_VIOLATION = 1008;
const MESSAGE_TOO_BIG = 1009;
/** So many messages that we cannot read, and the socket is closed. */
const FAULTS_MAX = 10;

/** Does what subscribers ask for over their sockets, and answers each in the order it asked. */
export class FeedRequests {
  readonly #feed: Feed;
  readonly #spec: InstrumentSpec;
  readonly #orders: OrderOps;

  constructor(feed: Feed, spec: InstrumentSpec, ports: OrderPorts) {
    this.#feed = feed;
    this.#spec = spec;
    this.#orders = new OrderOps(spec, ports);
  }

  receive(session: Session, message: string | ArrayBuffer): void {
    const length = typeof message === "string" ? message.length : message.byteLength;
    if (length > REQUEST_LENGTH_MAX) {
      this.#feed.expel(session, MESSAGE_TOO_BIG, `messages are at most ${REQUEST_LENGTH_MAX} characters`);
      return;
    }
    const request = read(message);
    if (request instanceof Refusal) this.#fault(session, request.problem);
    else this.#run(session, request);
  }

  #run(session: Session, request: FeedRequest): void {
    if (request.op === "ack") {
      this.#feed.acknowledge(session, request.received);
      return;
    }
    const requestId = request.request_id ?? null;
    if (request.op !== "subscribe" && request.op !== "unsubscribe") {
      this.#orders.run(session, request as OrderOp, (text) => session.reply(answerText(requestId, text)));
      return;
    }
    const problem = this.#problemOf(session, request);
    if (problem === undefined && request.op === "unsubscribe")
      this.#feed.unsubscribe(session, request.channels);
    if (problem === undefined && request.op === "subscribe") {
      const { resume_from: seq, epoch } = request;
      const resume = seq === undefined || epoch === undefined ? undefined : { seq, epoch };
      this.#feed.subscribe(session, request.channels, resume);
    }
    const given =
      problem === undefined
        ? answer(200, JSON.stringify({ channels: session.channels }))
        : problemAnswer(problem);
    // After the answers to what was asked before.
    session.tail = session.tail.then(() => session.reply(answerText(requestId, given)));
  }

  #problemOf(
    session: Session,
    request: FeedRequest & { op: "subscribe" | "unsubscribe" },
  ): Problem | undefined {
    const { instrument, channels } = request;
    if (instrument !== undefined && instrument !== this.#spec.instrument) {
      const detail = `this connection is for ${this.#spec.instrument}`;
      return { code: "instrument_unknown", field: "instrument", detail };
    }
    if (session.attachment.clientId === null && channels.some(isPrivate)) {
      const detail = "connect with client_id for what is private";
      return { code: "forbidden", field: "channels", detail };
    }
    const isHalf =
      request.op === "subscribe" && (request.resume_from === undefined) !== (request.epoch === undefined);
    if (isHalf) return { code: "missing_field", field: "epoch", detail: "resume_from and epoch go together" };
    return undefined;
  }

  /** A message that nobody can make sense of. */
  #fault(session: Session, { detail }: Problem): void {
    const { attachment } = session;
    const faults = attachment.faults + 1;
    if (faults >= FAULTS_MAX) {
      this.#feed.expel(session, POLICY_VIOLATION, "too many messages that cannot be read");
      return;
    }
    session.attachment = { ...attachment, faults };
    session.reply(JSON.stringify({ type: "error", code: "malformed_message", detail }));
  }
}

function read(message: string | ArrayBuffer): FeedRequest | Refusal {
  try {
    if (typeof message !== "string") throw new JsonError("not a text");
    return validate(readJson(message), feedRequest);
  } catch (error) {
    if (error instanceof Refusal) return error;
    if (!(error instanceof JsonError)) throw error;
    const detail = `the message cannot be read: ${error.message}`;
    return new Refusal({ code: "malformed_json", detail });
  }
}

/** The body is JSON already. */
function answerText(requestId: string | null, given: Answer): string {
  const { status, isReplay, body } = readAnswer(given);
  const replay = isReplay ? '"is_replay":true,' : "";
  return `{"type":"answer","request_id":${JSON.stringify(requestId)},"status":${status},${replay}"body":${body}}`;
}
