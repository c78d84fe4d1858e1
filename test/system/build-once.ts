import { build } from "../../dev/build.ts";
import { keepMemoryImage } from "../gateway/memory-image.ts";

/** Makes the bundle that the system tests run, and the database that they begin with, once for all of them. */
export async function setup(): Promise<void> {
  await build();
  await keepMemoryImage();
}
