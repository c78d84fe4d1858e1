import type { Problem } from "../../protocol/error-code.ts";
import { type Channel, isPrivate } from "../../protocol/feed/feed-channel.ts";
import {
  type FeedRequest,
  type OrderOp,
  REQUEST_LENGTH_MAX,
  requestIdField,
} from "../../protocol/feed/feed-request.ts";
import { readFeedRequest } from "../../protocol/feed/read-feed-request.ts";
import { JsonError, readJson } from "../../protocol/json.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { type Answer, answer, problemAnswer, readAnswer } from "../calls/answer.ts";
import type { Feed } from "./feed.ts";
import type { LiveChannel } from "./live-channel.ts";
import type { Session } from "./session.ts";

const POLICY_VIOLATION = 1008;
const MESSAGE_TOO_BIG = 1009;
/** After this many unreadable messages, the connection is closed. */
const FAULTS_MAX = 10;

/** The meaning of a subscribe or unsubscribe request. */
export interface Following {
  readonly topics: readonly string[];
  /** The instrument and the channels of it that a session has. */
  readonly view: (session: Session) => object;
}

/** The parts that differ between feeds. */
interface RequestParts {
  /** Resolves an instrument's channels; returns a refusal if there is no such instrument. */
  readonly following: (
    instrument: string | undefined,
    channels: readonly Channel[],
    session: Session,
  ) => Following | Problem;
  /** Handles a request about orders. */
  readonly order: (session: Session, op: OrderOp, reply: (given: Answer) => void) => void;
}

/** The feed, whatever its channels are. */
type AskedFeed = Pick<
  Feed<LiveChannel>,
  "acknowledge" | "reply" | "subscribe" | "unsubscribe" | "expel" | "beginSeconds"
>;

/** Handles the requests that subscribers send over their sockets, and answers each session's in order. */
export class FeedRequests {
  readonly #feed: AskedFeed;
  readonly #parts: RequestParts;

  constructor(feed: AskedFeed, parts: RequestParts) {
    this.#feed = feed;
    this.#parts = parts;
  }

  receive(session: Session, message: string | ArrayBuffer): void {
    const length = typeof message === "string" ? message.length : message.byteLength;
    if (length > REQUEST_LENGTH_MAX) {
      this.#feed.expel(session, MESSAGE_TOO_BIG, `messages are at most ${REQUEST_LENGTH_MAX} characters`);
      return;
    }
    const read = readRequest(message);
    if ("request" in read) this.#run(session, read.request);
    else if (read.requestId === undefined) this.#fault(session, read.problem);
    else this.#answer(session, read.requestId, problemAnswer(read.problem));
  }

  #run(session: Session, request: FeedRequest): void {
    if (request.op === "ack") {
      this.#feed.acknowledge(session, request.received);
      return;
    }
    const requestId = request.request_id ?? null;
    if (request.op !== "subscribe" && request.op !== "unsubscribe") {
      this.#parts.order(session, request, (given) => this.#feed.reply(session, answerText(requestId, given)));
      return;
    }
    this.#answer(session, requestId, this.#follow(session, request));
  }

  /** Answers after the answers to earlier requests. */
  #answer(session: Session, requestId: string | null, given: Answer): void {
    session.tail = session.tail.then(() => this.#feed.reply(session, answerText(requestId, given)));
  }

  #follow(session: Session, request: FollowRequest): Answer {
    const following =
      problemOf(session, request) ??
      this.#tooMany(session, request) ??
      this.#parts.following(request.instrument, request.channels, session);
    if ("code" in following) return problemAnswer(following);
    if (request.op === "unsubscribe") this.#feed.unsubscribe(session, following.topics);
    else {
      const { resume_from: seq, epoch } = request;
      const resume = seq === undefined || epoch === undefined ? undefined : { seq, epoch };
      this.#feed.subscribe(session, following.topics, resume);
    }
    return answer(200, JSON.stringify(following.view(session)));
  }

  /** A connection that has begun much recently must wait before it begins more. */
  #tooMany(session: Session, { op }: FollowRequest): Problem | undefined {
    const seconds = op === "subscribe" ? this.#feed.beginSeconds(session) : 0;
    if (seconds === 0) return undefined;
    const detail = `the connection has requested too many snapshots: try again in ${seconds} seconds`;
    return { code: "overloaded", detail };
  }

  /** Handles a message that cannot be read and has no request to answer. */
  #fault(session: Session, { detail }: Problem): void {
    const { attachment } = session;
    const faults = attachment.faults + 1;
    if (faults >= FAULTS_MAX) {
      this.#feed.expel(session, POLICY_VIOLATION, "too many unreadable messages");
      return;
    }
    session.attachment = { ...attachment, faults };
    this.#feed.reply(session, JSON.stringify({ type: "error", code: "malformed_message", detail }));
  }
}

type FollowRequest = FeedRequest & { op: "subscribe" | "unsubscribe" };

function problemOf({ attachment }: Session, request: FollowRequest): Problem | undefined {
  if (attachment.topics === null) {
    return {
      code: "operation_refused",
      detail: "this connection has the plain stream: connect with channels",
    };
  }
  if (attachment.clientId === null && request.channels.some(isPrivate)) {
    return {
      code: "forbidden",
      field: "channels",
      detail: "connect with client_id to subscribe to private channels",
    };
  }
  const isHalf =
    request.op === "subscribe" && (request.resume_from === undefined) !== (request.epoch === undefined);
  if (isHalf) return { code: "missing_field", field: "epoch", detail: "resume_from and epoch go together" };
  return undefined;
}

/** A parsed message; or its problem, with the id of the request if it could be read. */
type Read =
  | { readonly request: FeedRequest }
  | { readonly problem: Problem; readonly requestId: string | undefined };

function readRequest(message: string | ArrayBuffer): Read {
  let json: unknown;
  try {
    if (typeof message !== "string") throw new JsonError("not a text");
    json = readJson(message);
    return { request: readFeedRequest(json) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.problem, requestId: requestIdOf(json) };
    if (!(error instanceof JsonError)) throw error;
    const detail = `the message cannot be read: ${error.message}`;
    return { problem: { code: "malformed_json", detail }, requestId: undefined };
  }
}

function requestIdOf(json: unknown): string | undefined {
  const named =
    typeof json === "object" && json !== null && "request_id" in json ? json.request_id : undefined;
  return requestIdField.safeParse(named).data;
}

/** The body is already JSON. */
function answerText(requestId: string | null, given: Answer): string {
  const { status, isReplay, body } = readAnswer(given);
  const replay = isReplay ? '"is_replay":true,' : "";
  return `{"type":"answer","request_id":${JSON.stringify(requestId)},"status":${status},${replay}"body":${body}}`;
}
