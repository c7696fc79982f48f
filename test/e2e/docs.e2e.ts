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

function programsIn(page: string): Program[] {
  const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, source = ""], index) => ({ name: `${basename(page, ".md")}-${index + 1}.mts`, source }));
}

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((page) => `docs/${page}`)].filter((page) =>
  page.endsWith(".md"),
);
const programs = pages.flatMap(programsIn);

/** The pages about PostgreSQL take the server from here, as an application may. */
const env = { ...process.env, DATABASE_URL: inject("postgresUrl") };

/** Inside the package, so that `import "hookledger"` finds what the package exports. */
const parent = join(root, "reports");
let folder = "";

beforeAll(() => {
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "docs-"));
  for (const { name, source } of programs) writeFileSync(join(folder, name), source);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the programs in README.md and docs/", () => {
  it("are there", () => {
    expect(programs.length).toBeGreaterThanOrEqual(6);
  });

  it.each(programs)("$name runs", async ({ name }) => {
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
