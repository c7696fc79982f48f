import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    sqlite: "src/adapters/sqlite/index.ts",
    memory: "src/adapters/memory/index.ts",
    ky: "src/adapters/ky/index.ts",
    undici: "src/adapters/undici/index.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20.18",
  dts: true,
  clean: true,
  fixedExtension: false,
});
