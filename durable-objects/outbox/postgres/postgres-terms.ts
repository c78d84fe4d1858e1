import * as z from "zod";
import type { OrderTerms } from "../../../engine/vocabulary/terms.ts";
import { defined } from "../../../protocol/defined.ts";
import type { OrderRecord } from "../../records/order-record.ts";

type RecordTerms = Pick<OrderRecord, "terms" | "placed" | "displayedLots" | "selfTradeGroup">;

/**
 * What an order has beyond a plain one, as it is kept in the column `terms`; null if nothing. A group has
 * a number in its instrument's own storage only, so the name stands for it.
 */
export function termsColumn(record: RecordTerms): object | null {
  const { terms, placed, displayedLots, selfTradeGroup } = record;
  if (terms === undefined && placed === undefined) return null;
  const { groupNumber: _, ...others } = terms ?? {};
  return defined({
    terms: terms === undefined ? undefined : others,
    placed,
    displayedLots: displayedLots ?? undefined,
    selfTradeGroup: selfTradeGroup ?? undefined,
  });
}

const column = z.object({
  terms: z.custom<OrderTerms>().optional(),
  placed: z.custom<OrderRecord["placed"]>().optional(),
  displayedLots: z.number().optional(),
  selfTradeGroup: z.string().optional(),
});

/** The same from the column; the group's number is for the instrument to give. */
export function termsOf(value: unknown): RecordTerms {
  const { terms, placed, displayedLots, selfTradeGroup } = column.parse(value ?? {});
  return { terms, placed, displayedLots: displayedLots ?? null, selfTradeGroup: selfTradeGroup ?? null };
}
