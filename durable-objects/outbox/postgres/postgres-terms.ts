import * as z from "zod";
import type { OrderTerms } from "../../../engine/vocabulary/terms.ts";
import { defined } from "../../../protocol/defined.ts";
import type { OrderRecord } from "../../records/order-record.ts";

type RecordTerms = Pick<OrderRecord, "terms" | "placed" | "displayedLots" | "selfTradeGroup">;

/**
 * The fields of an order beyond a plain one, for the column `terms`; null if there are none. A group is
 * stored by name, since its number exists only in the instrument's own storage.
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

/** Parses the column. The instrument assigns the group's number. */
export function termsOf(value: unknown): RecordTerms {
  const { terms, placed, displayedLots, selfTradeGroup } = column.parse(value ?? {});
  return { terms, placed, displayedLots: displayedLots ?? null, selfTradeGroup: selfTradeGroup ?? null };
}
