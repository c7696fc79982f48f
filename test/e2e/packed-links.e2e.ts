import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const Listing = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

interface Link {
  readonly page: string;
  /** A path from the root of the package. */
  readonly target: string;
  /** The heading that the link leads to; empty if it leads to the whole page. */
  readonly anchor: string;
}

const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** The links of a page, except those to the web. */
function linksOf(page: string): Link[] {
  const links = [...read(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links.map(([, target = "", anchor = ""]) => ({
    page,
    target: target === "" ? page : posix.join(posix.dirname(page), target),
    anchor,
  }));
}

/** The anchors that GitHub and npm make of a page's headings. */
function anchorsOf(page: string): readonly string[] {
  const prose = read(page).replaceAll(/^```.*?^```$/gms, "");
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
  return headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-"));
}

let packed: readonly string[] = [];
const pages = () => packed.filter((path) => path.endsWith(".md"));

beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
  const [{ files }] = Listing.parse(JSON.parse(stdout));
  packed = files.map(({ path }) => path);
});

it("every link in the packed pages, except those to the web, leads to what is packed too", () => {
  const isPacked = (target: string) => packed.some((path) => path === target || path.startsWith(`${target}/`));
  expect(pages()).toContain("README.md");
  expect(
    pages()
      .flatMap(linksOf)
      .filter(({ target }) => !isPacked(target)),
  ).toEqual([]);
});

it("every link to a part of a page leads to one of its headings", () => {
  const toHeadings = pages()
    .flatMap(linksOf)
    .filter(({ anchor }) => anchor !== "");
  expect(toHeadings.length).toBeGreaterThan(20);
  expect(toHeadings.filter(({ target, anchor }) => !anchorsOf(target).includes(anchor))).toEqual([]);
});
