import * as z from "zod";
import type { LevelView } from "../../../protocol/market-data.ts";

const integer = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
/**
 * What the reading scripts answer first: epoch, sequence, time and age of the state, in milliseconds, and the id of
 * its venue, empty in a state from before venues had one.
 */
export const mirrorHead = [integer.pipe(z.int().positive()), integer, integer, integer, z.string()] as const;
/** A flat list of prices and entries: quantity, a space, how many orders. */
const levels = z.array(z.string()).transform((texts, context) => {
  const views: LevelView[] = [];
  for (let index = 0; index < texts.length; index += 2) {
    const entry = /^(\d+(?:\.\d+)?) ([1-9]\d*)$/.exec(texts[index + 1] ?? "");
    if (entry === null) context.addIssue({ code: "custom", message: "an entry that is no level" });
    else views.push({ price: texts[index] ?? "", quantity: entry[1] ?? "", orders: Number(entry[2]) });
  }
  return views;
});
/** What READ_BOOK_SCRIPT answers of a mirror that is whole. */
export const mirrorBook = z.tuple([...mirrorHead, levels, levels]);
