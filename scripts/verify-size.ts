import { build } from "esbuild";
import { gzipSync } from "node:zlib";

/** The most that `hookledger/verify` may add to a download, minified and gzipped. */
export const MOST_VERIFY_BYTES = 3 * 1024;

/** The size, minified and gzipped. Rejects if a file imports anything from outside, because that does not resolve. */
export async function verifySize(entry: string): Promise<number> {
  const { outputFiles } = await build({
    ...{ entryPoints: [entry], bundle: true, minify: true, write: false },
    ...{ format: "esm", platform: "browser", target: "es2022", logLevel: "silent" },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return gzipSync(file.contents, { level: 9 }).length;
}
