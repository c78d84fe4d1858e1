import { build } from "../../dev/build.ts";

/** Makes the bundle that the system tests run, once for all of them. */
export async function setup(): Promise<void> {
  await build();
}
