import { reset } from "cloudflare:test";
import { afterAll, vi } from "vitest";

// Test files share a workerd, since loading the venue into another takes four seconds of CPU time. Each file
// restores the initial state.
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});
