import type { Context } from "hono";
import type { InstrumentCalls } from "../../durable-objects/calls/instrument-calls.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { call, venueOf } from "../http/venue.ts";
import { type MirrorReader, mirrorOf } from "./mirror.ts";
import { pageResponse } from "./next-page.ts";

/** The two ways to the same reading. */
interface Ways<A extends object> {
  readonly fromMirror: (mirror: MirrorReader, instrument: string) => Promise<A | undefined>;
  /** Answers JSON. */
  readonly fromEngine: (object: DurableObjectStub<InstrumentCalls>) => Promise<string>;
  /** The cursor of the page after the answer, where it is one of a list. */
  readonly cursorOf?: (answer: A) => string | undefined;
}

/**
 * Answers a reading of one instrument from the mirror where that is wanted and the mirror is fit to
 * answer, from the engine otherwise.
 */
export async function readMarket<A extends object>(
  context: Context<{ Bindings: Env }>,
  named: string | undefined,
  source: "engine" | "mirror" | undefined,
  { fromMirror, fromEngine, cursorOf }: Ways<A>,
): Promise<Response> {
  const venue = venueOf(context.env);
  const instrument = named ?? venue.defaultInstrument;
  // Before the mirror is asked: an instrument that is not configured is refused, whatever Redis holds.
  const object = venue.object(instrument);
  const mirror = mirrorOf(context.env);
  const wantsMirror = mirror.isOn && (source === undefined ? mirror.isDefault : source === "mirror");
  if (wantsMirror) {
    const mirrored = await fromMirror(mirror, instrument);
    if (mirrored !== undefined)
      return pageResponse({ body: JSON.stringify(mirrored), cursor: cursorOf?.(mirrored) });
  }
  const answer = await call(fromEngine(object));
  if (wantsMirror) {
    mirror.noteEpoch(instrument, epochOf(answer));
    await wakeMirror(object);
  }
  return pageResponse({ body: answer, cursor: cursorOf?.(JSON.parse(answer)) });
}

/** The instrument pushes only when something happens, so a reader that misses the mirror wakes it. */
async function wakeMirror(object: DurableObjectStub<InstrumentCalls>): Promise<void> {
  try {
    await object.refreshMirror();
  } catch (error) {
    // The reader has its answer all the same, and the next one tries again.
    log("warn", "mirror_not_woken", { error: String(error) });
  }
}

function epochOf(answer: string): number {
  return Number(/"epoch":(\d+)/.exec(answer)?.[1] ?? 0);
}
