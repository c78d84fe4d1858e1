import { reset } from "cloudflare:test";
import { afterAll, vi } from "vitest";

// Files share a workerd, since to load the venue into another takes four seconds of a core. Each leaves it as new.
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});
