import { vi } from "vitest";

/** Below the test's own limit, so that the failure names what was waited for. */
const PATIENCE_MS = 60_000;

// vitest's own limit is a second, which a busy machine sometimes exceeds. A longer limit costs a passing test nothing,
// because it waits only until the condition holds.
const { waitFor } = vi;
vi.waitFor = (callback, options = PATIENCE_MS) => waitFor(callback, options);
