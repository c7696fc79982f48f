import { defineConfig } from "vitest/config";

// Only the tests of the domain judge its mutants: no sockets, no Python, no package to build.
export default defineConfig({
  test: {
    include: ["test/{unit,prop}/**/*.{unit,prop}.ts"],
    exclude: [
      "test/unit/dependency-rule.unit.ts",
      "test/unit/must-use-result.unit.ts",
      "test/prop/python-oracle.prop.ts",
    ],
    setupFiles: ["test/support/fast-check.ts"],
    // If 20 random cases do not catch a mutant, an example should.
    env: { FC_NUM_RUNS: "20" },
  },
});
