import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packInto } from "./pack.ts";
import { runCommand } from "./run-command.ts";
import { MOST_VERIFY_BYTES, verifySize } from "./verify-size.ts";

const repository = join(import.meta.dirname, "..");
const bin = (name: string): string => join(repository, "node_modules", ".bin", name);

/** Every file that a manifest's `exports` name, at any depth of conditions. */
function exportedFiles(exported: unknown): readonly string[] {
  if (typeof exported === "string") return [exported];
  if (typeof exported === "object" && exported !== null) return Object.values(exported).flatMap(exportedFiles);
  return [];
}

async function checkExports(root: string): Promise<number> {
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const exported = typeof manifest === "object" && manifest !== null && "exports" in manifest ? manifest.exports : {};
  const files = exportedFiles(exported);
  for (const file of files) await access(join(root, file));
  return files.length;
}

const directory = await mkdtemp(join(tmpdir(), "hookledger-package-"));
try {
  const tarball = await packInto(directory);
  await runCommand("tar", ["-xzf", tarball], { cwd: directory });
  const exported = await checkExports(join(directory, "package"));
  console.log(`exports: ${exported} files, all in the tarball`);
  const size = await verifySize(join(directory, "package", "dist", "verify", "index.js"));
  if (size > MOST_VERIFY_BYTES) throw new Error(`hookledger/verify has ${size} bytes, more than ${MOST_VERIFY_BYTES}`);
  console.log(`hookledger/verify: ${size} bytes minified and gzipped, of ${MOST_VERIFY_BYTES}; imports nothing`);
  await runCommand(bin("publint"), ["--strict", tarball], { cwd: repository });
  console.log("publint: clean");
  await runCommand(bin("attw"), [tarball, "--profile", "esm-only"], { cwd: repository });
  console.log("attw: types resolve under nodenext and bundler");
} finally {
  await rm(directory, { recursive: true, force: true });
}
