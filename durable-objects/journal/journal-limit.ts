/** The default number of newest events to keep, for subscribers that resume and for `verify`. */
const EVENTS_RETAINED_DEFAULT = 1_000_000;

/** Parses the number of events to keep from its variable. @throws if it is not a whole number. */
export function eventsRetained(text: string | undefined): number {
  const count = Number(text ?? EVENTS_RETAINED_DEFAULT);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`JOURNAL_EVENTS_RETAINED must be a whole number of events, but is "${text}"`);
}
