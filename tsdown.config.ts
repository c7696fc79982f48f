import { defineConfig } from "tsdown";

export default defineConfig({
  entry: [
    "src/index.ts",
    "src/adapters/sqlite/index.ts",
    "src/adapters/postgres/index.ts",
    "src/adapters/memory/index.ts",
    "src/adapters/ky/index.ts",
    "src/adapters/undici/index.ts",
    "src/verify/index.ts",
    "src/domain/index.ts",
    "src/ports/index.ts",
    "src/testing/index.ts",
    "src/testing/arbitraries/index.ts",
    "src/testing/contracts/index.ts",
  ],
  // dist has src's folders, so that the adapters find their migrations in drizzle/ by the same relative path in both.
  unbundle: true,
  root: "src",
  format: "esm",
  platform: "node",
  target: "node20.18",
  dts: true,
  clean: true,
  fixedExtension: false,
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
});
