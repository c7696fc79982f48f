import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const dependencies = ["neverthrow", "@standard-schema/spec", "ky", "undici", "drizzle-orm", "uuid"];
const peerDependencies = ["better-sqlite3", "fast-check", "vitest"];
const devDependencies = [...peerDependencies, "tsx"];
const undeclared = ["left-over"];

const versions = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, "1.0.0"]));

/** A project in a temporary folder, with the given files and an empty package for all that they may import. */
export async function createDependencyFixture(files: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), "hookledger-arrows-"));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };

  const manifest = { name: "fixture", type: "module" };
  await write(
    "package.json",
    JSON.stringify({
      ...manifest,
      dependencies: versions(dependencies),
      peerDependencies: versions(peerDependencies),
      peerDependenciesMeta: Object.fromEntries(peerDependencies.map((name) => [name, { optional: true }])),
      devDependencies: versions(devDependencies),
    }),
  );
  for (const name of new Set([...dependencies, ...devDependencies, ...undeclared])) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    await write(`node_modules/${name}/index.js`, "");
  }
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
