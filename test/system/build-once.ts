import { build } from "../../dev/build.ts";

/** Makes the bundle that the system tests run, once for all of them. */
export const setup: () => Promise<void> = build;
