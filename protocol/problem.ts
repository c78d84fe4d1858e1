import * as z from "zod";
import { ERROR_CODES } from "./error-code.ts";
import { order } from "./order-entry.ts";

/** The body of every error answer; `problemBody` makes it. */
export const problem = z
  .strictObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.number().int().meta({ description: "The HTTP status, again." }),
    code: z.enum(ERROR_CODES).meta({ description: "Stable; decide by this, not by the text." }),
    detail: z.string().meta({ description: "A sentence for people." }),
    field: z.string().optional().meta({ description: "The field at fault, where one is." }),
    order: order
      .optional()
      .meta({ description: "With `order_closed` and `version_mismatch`: the order as it is." }),
    entry: z
      .number()
      .int()
      .optional()
      .meta({ description: "Of a batch that is refused whole: the place of the entry at fault, from 0." }),
  })
  .meta({ id: "Problem" });
