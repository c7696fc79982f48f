import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import * as valibot from "valibot";

const repository = join(import.meta.dirname, "..", "..");

const built = valibot.object({ types: valibot.string(), default: valibot.string() });
const { exports: exported } = valibot.parse(
  valibot.object({ exports: valibot.record(valibot.string(), valibot.unknown()) }),
  JSON.parse(await readFile(join(repository, "package.json"), "utf8")),
);
const entries = Object.entries(exported).flatMap(([entry, files]) =>
  valibot.is(built, files) ? [{ entry, types: files.types, code: files.default }] : [],
);

/** The names that a program may import as values, if its compiler believes the declarations. */
function valuesIn(declarations: string): readonly string[] {
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, skipLibCheck: true };
  const program = ts.createProgram([declarations], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(declarations);
  const module = source && checker.getSymbolAtLocation(source);
  const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
  const original = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return symbols.filter((symbol) => original(symbol).flags & ts.SymbolFlags.Value).map(({ name }) => name);
}

it.each(entries)("$entry has every value that its types promise, and no other", async ({ types, code }) => {
  const loaded: object = await import(join(repository, code));
  expect(Object.keys(loaded).sort()).toEqual(valuesIn(join(repository, types)).toSorted());
});
