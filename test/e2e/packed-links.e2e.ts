import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const Listing = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

/** The targets of a page's links, except those to the web, as paths from the root of the package. */
function linksOf(page: string): string[] {
  const links = readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g);
  const targets = [...links].map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
  return targets.map((target) => posix.join(posix.dirname(page), target));
}

it("every link in the packed pages, except those to the web, leads to what is packed too", async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
  const [{ files }] = Listing.parse(JSON.parse(stdout));
  const packed = files.map(({ path }) => path);
  const isPacked = (target: string) => packed.some((path) => path === target || path.startsWith(`${target}/`));
  const pages = packed.filter((path) => path.endsWith(".md"));
  expect(pages).toContain("README.md");
  const dead = pages.flatMap((page) => linksOf(page).map((target) => ({ page, target })));
  expect(dead.filter(({ target }) => !isPacked(target))).toEqual([]);
});
