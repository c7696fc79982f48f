import { vi } from "vitest";

/** Below the test's own limit, so that what was waited for is named. */
const PATIENCE_MS = 60_000;

// A second, which is vitest's own, passes now and then on a machine that has other things to do. Nobody waits longer than it takes,
// so patience costs nothing where the test is right.
const { waitFor } = vi;
vi.waitFor = (callback, options = PATIENCE_MS) => waitFor(callback, options);
