import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/threat-model.md"), "utf8");

/** `file`: "title", as the page names the test that proves a claim. */
const proofs = [...page.matchAll(/`((?:test|src\/testing\/contracts)\/[^`]+)`:\s+"([^"]+)"/g)].map(
  ([, file = "", title = ""]) => ({
    file,
    title: title.replace(/\s+/g, " "),
  }),
);

describe("the threat model", () => {
  it("names a test for each row of its tables", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (?:-|They cannot)/.test(line));
    for (const row of rows) expect(row).toMatch(/`(?:test|src\/testing\/contracts)\/[^`]+`: "[^"]+"/);
    expect(proofs.length).toBeGreaterThanOrEqual(rows.length);
  });

  it.each(proofs)("$file: $title", ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), "utf8")).toContain(title);
  });
});
