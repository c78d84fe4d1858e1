import type * as z from "zod";

type Fields = Readonly<Record<string, unknown>>;

/** Reports a rule between fields, at the one to blame. */
function blame(context: z.RefinementCtx, field: string, message: string): void {
  context.addIssue({ code: "custom", path: [field], message, params: { code: "invalid_value" } });
}

/** `expires_at` goes with `gtd` and with nothing else. */
export function checkExpiry({ time_in_force, expires_at }: Fields, context: z.RefinementCtx): void {
  if ((time_in_force === "gtd") === (expires_at !== undefined)) return;
  blame(context, "expires_at", 'goes with time_in_force "gtd" only');
}

/** What may rest, may hide and may refuse to take; what must trade at once may not. */
export function checkLimit(order: Fields, context: z.RefinementCtx): void {
  checkExpiry(order, context);
  const { time_in_force, post_only, display_quantity } = order;
  if (time_in_force !== "ioc" && time_in_force !== "fok") return;
  const rule = `does not go with time_in_force "${time_in_force}", which never rests`;
  if (post_only === true) blame(context, "post_only", rule);
  if (display_quantity !== undefined) blame(context, "display_quantity", rule);
}

/** One of two fields, and not both. The first is the one that is missing. */
export function checkOneOf(first: string, second: string) {
  return (order: Fields, context: z.RefinementCtx): void => {
    if (order[first] === undefined && order[second] === undefined) blame(context, first, "is required");
    if (order[first] !== undefined && order[second] !== undefined)
      blame(context, second, `does not go with ${first}`);
    if (second !== "quote_quantity" || order[second] === undefined) return;
    if (order.time_in_force === "fok") blame(context, second, 'does not go with time_in_force "fok"');
  };
}
