import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPackage } from "../support/installed-package.ts";

const readme = await readFile(join(import.meta.dirname, "..", "..", "README.md"), "utf8");

function firstProgram(): string {
  const found = /^## A first program$[\s\S]*?^```ts$\n([\s\S]*?)^```$/m.exec(readme)?.[1];
  if (found === undefined) throw new Error('README.md has no ```ts block under "## A first program"');
  return found;
}

const wrongProgram = `
import { openHookledger } from "hookledger";
import { memoryStorage } from "hookledger/memory";
const opened = await openHookledger({ storage: memoryStorage() });
if (opened.isErr()) throw new Error(opened.error.message);
// @ts-expect-error the url must be a string: if types were any, nothing would be wrong here
await opened.value.webhooks.register({ url: 42, events: ["memory.updated"] });
`;

const driversAndTestTools = /\/node_modules\/(better-sqlite3|pg|drizzle-orm|vitest|fast-check)\//;

describe("the package, packed and installed into an empty project", () => {
  let installed: Awaited<ReturnType<typeof installPackage>>;

  beforeAll(async () => {
    installed = await installPackage();
  }, 300_000);
  afterAll(() => installed.remove());

  it("runs README's first program, which has at most 15 lines", async () => {
    const source = firstProgram();
    expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
    const { target, module } = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
    await installed.write(
      "first-program.js",
      ts.transpileModule(source, { compilerOptions: { target, module } }).outputText,
    );
    const printed = await installed.node(["first-program.js"]);
    expect(printed).toMatch(/statusCode: 200,\s+success: true/);
  });

  it.skipIf(!process.features.require_module)(
    "can be required by CommonJS if Node can require ES modules",
    async () => {
      await installed.write("program.cjs", 'console.log(typeof require("hookledger").openHookledger);');
      expect((await installed.node(["program.cjs"])).trim()).toBe("function");
    },
  );

  it.each(["nodenext", "bundler"] as const)("has types that resolve under %s", async (module) => {
    await installed.write("first-program.mts", firstProgram());
    await installed.write("wrong-program.mts", wrongProgram);
    expect(await installed.typeErrors(["first-program.mts", "wrong-program.mts"], module)).toBe("");
  });

  it.each(["", "/memory", "/ky", "/undici", "/domain", "/ports", "/testing"].map((entry) => `hookledger${entry}`))(
    "loads no database driver and no test tool for %s",
    async (specifier) => {
      const loaded = await installed.loadedBy(specifier);
      expect(loaded).toContainEqual(expect.stringContaining("/node_modules/hookledger/dist/"));
      expect(loaded.filter((file) => driversAndTestTools.test(file))).toEqual([]);
    },
  );

  it("loads the driver for hookledger/sqlite, which shows that the probe sees drivers", async () => {
    const loaded = await installed.loadedBy("hookledger/sqlite");
    expect(loaded.some((file) => driversAndTestTools.test(file))).toBe(true);
  });
});
