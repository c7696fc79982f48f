import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

interface Program {
  readonly name: string;
  readonly source: string;
}

/** Node runs the blocks under "```ts"; vitest runs those under "```ts vitest". */
function programsIn(page: string): Program[] {
  const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts( vitest)?\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, runner, source = ""], index) => ({
    name: `${basename(page, ".md")}-${index + 1}${runner === undefined ? "" : ".suite"}.mts`,
    source,
  }));
}

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((page) => `docs/${page}`)].filter((page) =>
  page.endsWith(".md"),
);
const programs = pages.flatMap(programsIn);
const isSuite = ({ name }: Program): boolean => name.endsWith(".suite.mts");

/** The programs about PostgreSQL take the server's URL from here, as an application may. */
const env = { ...process.env, DATABASE_URL: inject("postgresUrl") };

/**
 * All programs are in one folder and run in the order of the pages, because the README's first program makes what one
 * under Backup copies. The folder is inside the package, so that `import "hookledger"` finds what the package exports.
 */
const parent = join(root, "reports");
let folder = "";

beforeAll(() => {
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "docs-"));
  for (const { name, source } of programs) writeFileSync(join(folder, name), source);
  writeFileSync(join(folder, "vitest.config.mjs"), 'export default { test: { include: ["*.suite.mts"] } };');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the programs in README.md and docs/", () => {
  it("are there", () => {
    expect(programs.length).toBeGreaterThanOrEqual(6);
  });

  it("have suites that pass", async () => {
    const suites = programs.filter(isSuite).map(({ name }) => join(folder, name));
    expect(suites).not.toEqual([]);
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    await expect(
      run(process.execPath, [vitest, "run", "--root", folder, "--config", "vitest.config.mjs"], {
        cwd: folder,
        env: { ...env, NO_COLOR: "1" },
      }),
    ).resolves.toMatchObject({ stdout: expect.stringMatching(/Tests +\d{2,} passed/) });
  });

  it.each(programs.filter((program) => !isSuite(program)))("$name runs", async ({ name }) => {
    await expect(
      run(process.execPath, ["--import", "tsx", join(folder, name)], { cwd: folder, env }),
    ).resolves.toBeDefined();
  });

  it("have types that resolve", async () => {
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const files = programs.map(({ name }) => join(folder, name));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await expect(
      run(process.execPath, [tsc, "--ignoreConfig", ...options, ...files], { cwd: root }),
    ).resolves.toBeDefined();
  });
});
