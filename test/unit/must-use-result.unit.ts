import { join } from "node:path";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";
import { mustUseResult } from "../../eslint-rules/must-use-result.js";

const root = join(import.meta.dirname, "..", "..");

const prelude = `
  import { err, ok, okAsync, Result, ResultAsync } from "neverthrow";
  declare function check(): Result<number, string>;
  declare function save(): ResultAsync<number, string>;
  declare function load(): Promise<Result<number, string>>;
  declare const flag: boolean;
  declare const store: { save?: () => Result<void, string> };
`;

const linter = new Linter({ configType: "flat", cwd: root });
const config: Linter.Config = {
  files: ["**/*.ts"],
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { projectService: { allowDefaultProject: ["snippet.ts"] }, tsconfigRootDir: root },
  },
  plugins: { hookledger: { rules: { "must-use-result": mustUseResult } } },
  rules: { "hookledger/must-use-result": "error" },
};

function lint(code: string): readonly (string | null)[] {
  const messages = linter.verify(`${prelude}\n${code}`, [config], join(root, "snippet.ts"));
  return messages.map((message) => message.ruleId ?? message.message);
}

describe("must-use-result", () => {
  it.each([
    ["a call", "check();"],
    ["a fresh value", "ok(1); err('no');"],
    ["a ResultAsync that is not awaited", "save();"],
    ["an awaited ResultAsync", "await save();"],
    ["an awaited promise of a Result", "await load();"],
    ["a chain that ends in a Result", "check().map((n) => n + 1).mapErr(String);"],
    ["an optional call", "store.save?.();"],
    ["the right side of a condition", "flag && check();"],
    ["either branch of a ternary", "flag ? check() : undefined;"],
    ["a void operator", "void check(); void save();"],
    ["an awaited list of Results", "await Promise.all([load(), load()]);"],
    ["a statement inside a callback", "[1].forEach(() => { check(); });"],
  ])("refuses to lose %s", (_, code) => {
    const rules = lint(code);
    expect(rules.length).toBeGreaterThan(0);
    expect(new Set(rules)).toEqual(new Set(["hookledger/must-use-result"]));
  });

  it.each([
    ["kept", "const kept = check(); console.log(kept);"],
    ["assigned", "let last = check(); last = check(); console.log(last);"],
    ["assigned on a condition", "let last = check(); flag && (last = check()); console.log(last);"],
    ["returned", "export function pass() { return check(); }"],
    ["matched", "check().match(() => {}, () => {});"],
    ["unwrapped with a fallback", "check().unwrapOr(0);"],
    ["asked", "check().isErr() && console.log('no');"],
    ["turned into something else", "save().then(() => {}); await save().unwrapOr(0);"],
    ["combined and kept", "const all = Result.combine([check(), check()]); console.log(all);"],
    ["yielded away", "function* run() { yield* check(); } console.log(run);"],
  ])("accepts a Result that is %s", (_, code) => {
    expect(lint(code)).toEqual([]);
  });

  it("accepts a class Ok that is not neverthrow's", () => {
    expect(lint("class Ok { readonly value = 1; } declare function other(): Ok; other(); Math.max(1);")).toEqual([]);
  });
});
