import * as z from "zod";
import { ERROR_CODES } from "./error-code.ts";
import { order } from "./order-entry.ts";

/** The body of every error answer. `problemBody` formats it. */
export const problem = z
  .strictObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.number().int().meta({ description: "The HTTP status code." }),
    code: z.enum(ERROR_CODES).meta({ description: "Stable. Programs should use the code, not the text." }),
    detail: z.string().meta({ description: "An explanation for people." }),
    field: z.string().optional().meta({ description: "The path of the field at fault, if there is one." }),
    order: order
      .optional()
      .meta({ description: "With `order_closed` and `version_mismatch`: the current state of the order." }),
    entry: z.number().int().optional().meta({
      description: "With a batch that is refused as a whole: the index of the entry at fault, from 0.",
    }),
  })
  .meta({ id: "Problem" });
