import { keepMemoryImage } from "./memory-image.ts";

/** Makes the database that the tests of the gateway begin with, once for all of them. */
export async function setup(): Promise<void> {
  await keepMemoryImage();
}
