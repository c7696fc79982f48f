import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packInto } from "../../scripts/pack.ts";
import { runCommand } from "../../scripts/run-command.ts";

const repository = join(import.meta.dirname, "..", "..");

// Logs which modules a program loads: a resolve hook sees the ES modules, and the require cache at the end the others.
const loadHooks = `
import { appendFileSync } from "node:fs";
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  appendFileSync(process.env.LOADED_MODULES, resolved.url + "\\n");
  return resolved;
}`;
const registerHooks = `
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
register("./load-hooks.mjs", import.meta.url);
const { cache } = createRequire(import.meta.url);
process.on("exit", () => appendFileSync(process.env.LOADED_MODULES, Object.keys(cache).join("\\n")));`;

/** A project with nothing installed but the packed package, and a database driver that is already compiled. */
export async function installPackage() {
  const directory = await mkdtemp(join(tmpdir(), "hookledger-e2e-"));
  const tarball = await packInto(directory);
  const project = join(directory, "project");
  await mkdir(project);
  const write = (name: string, text: string): Promise<void> => writeFile(join(project, name), text);
  const node = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
    runCommand(process.execPath, args, { cwd: project, env });

  await write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
  const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await runCommand("npm", ["install", tarball, ...quietly], { cwd: project });
  for (const name of ["better-sqlite3", "bindings", "file-uri-to-path"]) {
    await cp(join(repository, "node_modules", name), join(project, "node_modules", name), { recursive: true });
  }
  await mkdir(join(project, "node_modules", "@types"), { recursive: true });
  await symlink(join(repository, "node_modules", "@types", "node"), join(project, "node_modules", "@types", "node"));
  await write("load-hooks.mjs", loadHooks);
  await write("register-hooks.mjs", registerHooks);

  return {
    write,
    node,
    remove: () => rm(directory, { recursive: true, force: true }),
    /** The compiler's errors in the files, under one way of resolving modules; empty if there are none. */
    async typeErrors(files: readonly string[], module: "nodenext" | "bundler"): Promise<string> {
      const modules =
        module === "bundler" ? ["--module", "esnext", "--moduleResolution", "bundler"] : ["--module", module];
      const strict = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2023", "--types", "node"];
      const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
      return node([tsc, ...strict, ...modules, ...files]).catch((failure: unknown) => String(failure));
    },
    /** The files that are loaded when a program imports nothing but `specifier`. */
    async loadedBy(specifier: string): Promise<readonly string[]> {
      const log = join(project, `loaded-${specifier.replaceAll("/", "-")}.txt`);
      await write("probe.mjs", `import ${JSON.stringify(specifier)};`);
      await node(["--import", "./register-hooks.mjs", "probe.mjs"], { LOADED_MODULES: log });
      return (await readFile(log, "utf8")).split("\n");
    },
  };
}
