import { CHANNELS, type Channel } from "../../protocol/feed/feed-channel.ts";

/** What is kept with a socket through hibernation. */
export interface Attachment {
  /** Messages that could not be read. */
  readonly faults: number;
  /** What it follows; null for a connection that named nothing, and gets everything. */
  readonly topics: readonly string[] | null;
  /** The instrument that a request means where it names none, if there are several. */
  readonly home: string | null;
  /** Whose the connection is; null of a public one. */
  readonly clientId: string | null;
  /** Whether the client's open orders end with the connection. */
  readonly cancelsOnDisconnect: boolean;
  /** Where it is slow: since when it is to catch up, and with how many characters. */
  readonly pause?: Pause | undefined;
}

export interface Pause {
  readonly sinceMs: number;
  readonly lag: number;
}

const FIRST_LETTER = "a".charCodeAt(0);

/** Keeps an attachment with its socket: in 16,384 bytes there is no room for so many topics as they are. */
export function writeAttachment(socket: WebSocket, attachment: Attachment): void {
  const { topics } = attachment;
  socket.serializeAttachment({ ...attachment, topics: topics && packTopics(topics) });
}

export function readAttachment(socket: WebSocket): Attachment {
  const kept = socket.deserializeAttachment() as Omit<Attachment, "topics"> & { topics: string | null };
  return { ...kept, topics: kept.topics === null ? null : unpackTopics(kept.topics) };
}

/** What is before the channel once, a letter for each channel: `BTC-USD/ab,ETH-USD/a`, or `ab` alone. */
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
