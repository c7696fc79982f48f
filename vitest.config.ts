import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.{unit,prop,int,e2e}.ts"],
    globalSetup: ["test/support/postgres/global-setup.ts"],
    setupFiles: ["test/support/fast-check.ts", "test/support/patience.ts"],
    // A test that takes a minute here takes three on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
