import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.{unit,prop,int,e2e}.ts"],
    globalSetup: ["test/support/postgres/global-setup.ts"],
    setupFiles: ["test/support/fast-check.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
