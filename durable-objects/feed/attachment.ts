import { CHANNELS, type Channel } from "../../protocol/feed/feed-channel.ts";

/** The state of a socket that survives hibernation. */
export interface Attachment {
  /** The number of messages that could not be read. */
  readonly faults: number;
  /** The topics it follows; null for a connection that named no channels and follows everything. */
  readonly topics: readonly string[] | null;
  /** The instrument of a request that names none, if there are several. */
  readonly home: string | null;
  /** The client of the connection; null for a public connection. */
  readonly clientId: string | null;
  /** Whether the client's open orders end with the connection. */
  readonly cancelsOnDisconnect: boolean;
  /** For a slow subscriber: when its pause began, and how many characters were in flight. */
  readonly pause?: Pause | undefined;
}

export interface Pause {
  readonly sinceMs: number;
  readonly lag: number;
}

const FIRST_LETTER = "a".charCodeAt(0);

/** Stores an attachment with its socket. The limit of 16,384 bytes is too small for uncompressed topics. */
export function writeAttachment(socket: WebSocket, attachment: Attachment): void {
  const { topics } = attachment;
  socket.serializeAttachment({ ...attachment, topics: topics && packTopics(topics) });
}

export function readAttachment(socket: WebSocket): Attachment {
  const kept = socket.deserializeAttachment() as Omit<Attachment, "topics"> & { topics: string | null };
  return { ...kept, topics: kept.topics === null ? null : unpackTopics(kept.topics) };
}

/** Writes each instrument name once, with a letter per channel: `BTC-USD/ab,ETH-USD/a`, or only `ab`. */
function packTopics(topics: readonly string[]): string {
  const letters = new Map<string, string>();
  for (const topic of topics) {
    const at = topic.lastIndexOf("/") + 1;
    const [scope, channel] = [topic.slice(0, at), topic.slice(at) as Channel];
    const letter = String.fromCharCode(FIRST_LETTER + CHANNELS.indexOf(channel));
    letters.set(scope, (letters.get(scope) ?? "") + letter);
  }
  return Array.from(letters, ([scope, text]) => scope + text).join(",");
}

function unpackTopics(text: string): string[] {
  return text.split(",").flatMap((group) => {
    const at = group.lastIndexOf("/") + 1;
    const scope = group.slice(0, at);
    return Array.from(
      group.slice(at),
      (letter) => `${scope}${CHANNELS[letter.charCodeAt(0) - FIRST_LETTER]}`,
    );
  });
}
