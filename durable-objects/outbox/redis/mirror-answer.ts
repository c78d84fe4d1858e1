import * as z from "zod";
import type { LevelView } from "../../../protocol/market-data.ts";

const integer = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
/**
 * The head of the reading scripts' answers: epoch, sequence, the time of the state, the time at which it was
 * last current, both in milliseconds, and the id of its venue, which is empty in a state from before venue ids.
 */
export const mirrorHead = [integer.pipe(z.int().positive()), integer, integer, integer, z.string()] as const;
/** A flat list of prices and entries. An entry is the quantity, a space, and the number of orders. */
const levels = z.array(z.string()).transform((texts, context) => {
  const views: LevelView[] = [];
  for (let index = 0; index < texts.length; index += 2) {
    const entry = /^(\d+(?:\.\d+)?) ([1-9]\d*)$/.exec(texts[index + 1] ?? "");
    if (entry === null) context.addIssue({ code: "custom", message: "an entry that is no level" });
    else views.push({ price: texts[index] ?? "", quantity: entry[1] ?? "", orders: Number(entry[2]) });
  }
  return views;
});
/** The answer of READ_BOOK_SCRIPT for a complete mirror. */
export const mirrorBook = z.tuple([...mirrorHead, levels, levels]);
