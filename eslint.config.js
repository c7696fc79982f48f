import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { mustUseResult } from "./eslint-rules/must-use-result.js";

const emptyCatch = {
  selector: "CatchClause > BlockStatement[body.length=0]",
  message: "An empty catch swallows a failure, with or without a comment: map it to an error value.",
};
const unsafeUnwrap = {
  selector: "MemberExpression[property.name=/^_unsafeUnwrap(Err)?$/]",
  message: "Outside tests, look at the Result: isErr(), match(), andThen().",
};
const defaultCase = {
  selector: "SwitchCase[test=null]",
  message: "A default gives away exhaustiveness: name every case, so that a new one fails to compile.",
};
const ambientTime = {
  selector: ":matches(NewExpression[arguments.length=0], CallExpression)[callee.name='Date']",
  message: "Time arrives in the command or through the Clock port.",
};
const thisKeyword = {
  selector: "ThisExpression",
  message: "A function that makes a record of closures needs no this, so that its members can be passed around.",
};
const sleep = {
  selector: "NewExpression[callee.name='Promise'] CallExpression[callee.name='setTimeout']",
  message: "No sleep in a test: use the fake clock, or wait for a condition with vi.waitFor().",
};
const focusedTest = {
  selector: "MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(skip|only|todo|fails)$/]",
  message: "Every test runs, always. A test that needs something optional says so with skipIf(condition).",
};

const everywhere = [emptyCatch];
const shipped = [...everywhere, unsafeUnwrap, defaultCase];
const pure = [...shipped, ambientTime, thisKeyword];

const impureGlobals = [
  "process",
  "console",
  "fetch",
  "performance",
  "crypto",
  "setTimeout",
  "setInterval",
  "setImmediate",
].map((name) => ({ name, message: "The inside of the house is pure: take it from a port, or in the command." }));

const impureProperties = [
  { object: "Date", property: "now", message: "Time arrives in the command or through the Clock port." },
  { object: "Math", property: "random", message: "Randomness arrives in the command or through the Random port." },
];

export default defineConfig(
  // bench has its own configuration, because its files can be checked only if its dependencies are installed.
  { ignores: ["bench/", "dist/", "coverage/", "reports/", ".stryker-tmp/", "**/*.d.ts"] },
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { hookledger: { rules: { "must-use-result": mustUseResult } } },
    rules: {
      "hookledger/must-use-result": "error",
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": "allow-with-description" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      // `return report(...)` is a plain way to leave early.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // An event without data says so with an empty record.
      "@typescript-eslint/no-generated-empty-object-type": "off",
      // Spreading a string gives code points, which is what canonical JSON sorts by.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false },
      ],
      // Ports are records of closures, taken apart at will: none of them has a `this` (see `thisKeyword`).
      "@typescript-eslint/unbound-method": "off",
      eqeqeq: "error",
      "no-restricted-syntax": ["error", ...everywhere],
    },
  },
  {
    files: ["src/**/*.ts", "examples/**/*.ts", "scripts/**/*.ts"],
    rules: {
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "no-restricted-syntax": ["error", ...shipped],
    },
  },
  {
    files: ["src/{domain,application,ports}/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...impureGlobals],
      "no-restricted-properties": ["error", ...impureProperties],
      "no-restricted-syntax": ["error", ...pure],
    },
  },
  {
    files: ["test/**/*.ts", "src/testing/contracts/**/*.ts"],
    rules: {
      // Fakes and fixtures are async because ports are, even if they have nothing to wait for.
      "@typescript-eslint/require-await": "off",
      // Matchers such as expect.any() and parsed JSON are any; the test itself says what they are.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      // Tests restore environment variables by name.
      "@typescript-eslint/no-dynamic-delete": "off",
      "no-restricted-syntax": ["error", ...everywhere, sleep, focusedTest],
    },
  },
  {
    files: ["src/testing/contracts/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere, unsafeUnwrap, sleep, focusedTest] },
  },
  {
    // Helpers that await a condition check it again after a moment; tests call them instead of sleeping.
    files: ["test/support/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere] },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: { sourceType: "commonjs", globals: { module: "writable", require: "readonly" } },
  },
);
