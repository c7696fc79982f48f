import { join } from "node:path";
import { checkDependencies } from "./dependency-rules.ts";

// If dependency-cruiser does not accept the installed TypeScript, it passes with no modules at all, so a check that saw
// few modules must fail.
const MINIMUM_MODULES = 120;

const { modules, dependencies, violations } = await checkDependencies(join(import.meta.dirname, ".."));
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
if (modules < MINIMUM_MODULES) console.error(`saw ${modules} modules of src; expected at least ${MINIMUM_MODULES}`);
console.log(`dependencies: ${modules} modules, ${dependencies} imports, ${violations.length} forbidden`);
process.exitCode = violations.length === 0 && modules >= MINIMUM_MODULES ? 0 : 1;
