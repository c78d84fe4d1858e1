import type { Context } from "hono";
import type { InstrumentDoor } from "../../durable-objects/calls/instrument-calls.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { call, venueOf } from "../http/venue.ts";
import { type MirrorReader, mirrorOf } from "./mirror.ts";
import { pageResponse } from "./next-page.ts";

/** The two sources of the same reading. */
interface Ways<A extends object> {
  readonly fromMirror: (mirror: MirrorReader, instrument: string) => Promise<A | undefined>;
  /** Returns the answer as JSON. */
  readonly fromEngine: (object: InstrumentDoor) => Promise<string>;
  /** The cursor of the next page, if the answer is a page of a list. */
  readonly cursorOf?: (answer: A) => string | undefined;
}

/**
 * Answers a read of one instrument: from the mirror if the request or the deployment wants that and the
 * mirror can answer, otherwise from the engine.
 */
export async function readMarket<A extends object>(
  context: Context<{ Bindings: Env }>,
  named: string | undefined,
  source: "engine" | "mirror" | undefined,
  { fromMirror, fromEngine, cursorOf }: Ways<A>,
): Promise<Response> {
  const venue = venueOf(context.env);
  const instrument = named ?? venue.defaultInstrument;
  // This comes before the mirror: an instrument that is not configured is refused, whatever Redis has.
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

/** The instrument pushes only after events, so a read that misses the mirror wakes it. */
async function wakeMirror(object: InstrumentDoor): Promise<void> {
  try {
    await object.refreshMirror();
  } catch (error) {
    // The reader still gets its answer, and the next one tries again.
    log("warn", "mirror_not_woken", { error: String(error) });
  }
}

function epochOf(answer: string): number {
  return Number(/"epoch":(\d+)/.exec(answer)?.[1] ?? 0);
}
