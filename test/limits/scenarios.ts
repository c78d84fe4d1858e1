import { batches } from "./batches.ts";
import { endings } from "./endings.ts";
import { reading } from "./reading.ts";
import type { Scenario } from "./scenario.ts";
import { trading } from "./trading.ts";

export const SCENARIOS: readonly Scenario[] = [...endings, ...trading, ...batches, ...reading];
