import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";

const repository = join(import.meta.dirname, "..");
const notSource = new Set([".git", "node_modules", "dist", "coverage", "reports", ".stryker-tmp", "test"]);

/**
 * Builds and packs the package as `npm publish` would, and resolves with the path of the tarball.
 *
 * It works on a copy of the repository inside `directory`, so that it does not disturb others that use `dist/`.
 */
export async function packInto(directory: string): Promise<string> {
  const copy = join(directory, "source");
  await mkdir(copy, { recursive: true });
  for (const name of await readdir(repository)) {
    if (!notSource.has(name)) await cp(join(repository, name), join(copy, name), { recursive: true });
  }
  await symlink(join(repository, "node_modules"), join(copy, "node_modules"));
  await runCommand("npm", ["run", "build"], { cwd: copy });
  await runCommand("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", directory], { cwd: copy });
  const tarball = (await readdir(directory)).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`npm pack left no tarball in ${directory}`);
  return join(directory, tarball);
}
