import { build } from "../../host/build.ts";
import { keepMemoryImage } from "../gateway/memory-image.ts";

/** Makes the bundle of the system tests and their initial database, once for all of them. */
export async function setup(): Promise<void> {
  await build();
  await keepMemoryImage();
}
