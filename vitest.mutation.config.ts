import { defineConfig } from "vitest/config";

// Mutants of the domain are judged by the tests of the domain: no sockets, no Python, no package to build.
export default defineConfig({
  test: {
    include: ["test/{unit,prop}/**/*.{unit,prop}.ts"],
    exclude: [
      "test/unit/dependency-rule.unit.ts",
      "test/unit/must-use-result.unit.ts",
      "test/prop/python-oracle.prop.ts",
    ],
    setupFiles: ["test/support/fast-check.ts"],
    // A mutant that 20 random cases do not catch is one for an example to catch.
    env: { FC_NUM_RUNS: "20" },
  },
});
