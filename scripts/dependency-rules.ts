import { join } from "node:path";
import { cruise } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

/** What a cruise saw: how many files of src, how many imports, and each forbidden one by the name of its rule. */
export interface DependencyReport {
  readonly modules: number;
  readonly dependencies: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

const options = await extractOptions(join(import.meta.dirname, "..", ".dependency-cruiser.cjs"));

/** Applies the rules of `.dependency-cruiser.cjs` to `<root>/src`. */
export async function checkDependencies(root: string): Promise<DependencyReport> {
  const { output } = await cruise(["src"], { ...options, baseDir: root, validate: true });
  if (typeof output === "string") throw new Error(`dependency-cruiser printed instead of answering: ${output}`);
  const own = output.modules.filter((module) => module.source.startsWith("src/"));
  return {
    modules: own.length,
    dependencies: own.reduce((sum, module) => sum + module.dependencies.length, 0),
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** The names of all rules, so that a test can show that each one fires. */
export const dependencyRuleNames: readonly string[] = (options.ruleSet?.forbidden ?? []).map(
  (rule) => rule.name ?? "unnamed",
);
