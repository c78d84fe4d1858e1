import type * as z from "zod";

type Fields = Readonly<Record<string, unknown>>;

/** Reports a broken rule between fields at the field to blame. */
function blame(context: z.RefinementCtx, field: string, message: string): void {
  context.addIssue({ code: "custom", path: [field], message, params: { code: "invalid_value" } });
}

/** `gtd` requires `expires_at`, and no other time in force allows it. */
export function checkExpiry({ time_in_force, expires_at }: Fields, context: z.RefinementCtx): void {
  if ((time_in_force === "gtd") === (expires_at !== undefined)) return;
  blame(context, "expires_at", 'is required with time_in_force "gtd" and not allowed with any other');
}

/** An order that never rests can be neither post-only nor an iceberg. */
export function checkLimit(order: Fields, context: z.RefinementCtx): void {
  checkExpiry(order, context);
  const { time_in_force, post_only, display_quantity } = order;
  if (time_in_force !== "ioc" && time_in_force !== "fok") return;
  const rule = `is not allowed with time_in_force "${time_in_force}", because such an order never rests`;
  if (post_only === true) blame(context, "post_only", rule);
  if (display_quantity !== undefined) blame(context, "display_quantity", rule);
}

/** Requires exactly one of two fields. If both are absent, the first is reported as missing. */
export function checkOneOf(first: string, second: string) {
  return (order: Fields, context: z.RefinementCtx): void => {
    if (order[first] === undefined && order[second] === undefined) blame(context, first, "is required");
    if (order[first] !== undefined && order[second] !== undefined)
      blame(context, second, `is not allowed with ${first}`);
    if (second !== "quote_quantity" || order[second] === undefined) return;
    if (order.time_in_force === "fok") blame(context, second, 'is not allowed with time_in_force "fok"');
  };
}
