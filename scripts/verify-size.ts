import { build } from "esbuild";
import { gzipSync } from "node:zlib";

/** What a receiver may have to download for `hookledger/verify`, minified and gzipped. */
export const MOST_VERIFY_BYTES = 3 * 1024;

/** Throws where a file imports anything but another of its own: nothing resolves but what is in the bundle. */
export async function verifySize(entry: string): Promise<number> {
  const { outputFiles } = await build({
    ...{ entryPoints: [entry], bundle: true, minify: true, write: false },
    ...{ format: "esm", platform: "browser", target: "es2022", logLevel: "silent" },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return gzipSync(file.contents, { level: 9 }).length;
}
