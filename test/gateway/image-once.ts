import { keepMemoryImage } from "./memory-image.ts";

/** Makes the initial database of the gateway tests, once for all of them. */
export async function setup(): Promise<void> {
  await keepMemoryImage();
}
