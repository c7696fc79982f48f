import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDependencies, dependencyRuleNames, type DependencyReport } from "../../scripts/dependency-rules.ts";
import { createDependencyFixture } from "../support/dependency-fixture.ts";

/** One forbidden import a line: the rule that must name it, the file, the import. */
const forbidden: readonly (readonly [rule: string, file: string, statement: string])[] = [
  ["no-cycles", "src/domain/cycle-a.ts", 'import type { B } from "./cycle-b.ts"; export type A = B | 1;'],
  ["no-unresolvable", "src/domain/nowhere.ts", 'import "./not-there.ts";'],
  ["no-dev-dependencies", "src/adapters/memory/dev.ts", 'import "tsx";'],
  ["no-undeclared-dependencies", "src/adapters/memory/undeclared.ts", 'import "left-over";'],
  ["src-imports-src", "src/adapters/memory/outward.ts", 'import "../../../test/support/helper.ts";'],
  ["domain-is-pure", "src/domain/to-port.ts", 'import type { P } from "../ports/port.ts"; export type Q = P;'],
  ["domain-is-pure", "src/domain/to-file-system.ts", 'import "node:fs";'],
  ["domain-is-pure", "src/domain/to-uuid.ts", 'import "uuid";'],
  ["crypto-in-signing-only", "src/domain/random.ts", 'import "node:crypto";'],
  ["standard-schema-is-a-type", "src/domain/schema-value.ts", 'import "@standard-schema/spec";'],
  ["ports-know-the-domain-only", "src/ports/to-application.ts", 'import "../application/use-case.ts";'],
  ["ports-know-the-domain-only", "src/ports/to-ky.ts", 'import type { K } from "ky"; export type L = K;'],
  ["application-talks-to-ports", "src/application/to-adapter.ts", 'import "../adapters/memory/store.ts";'],
  ["application-talks-to-ports", "src/application/to-timers.ts", 'import "node:timers/promises";'],
  ["adapters-never-import-application", "src/adapters/undici/upward.ts", 'import "../../application/use-case.ts";'],
  ["adapters-stand-alone", "src/adapters/memory/sideways.ts", 'import "../sqlite/store.ts";'],
  ["adapters-stand-alone", "src/adapters/undici/to-ky.ts", 'import "../ky/client.ts";'],
  ["ky-shares-with-undici-only", "src/adapters/ky/sideways.ts", 'import "../memory/store.ts";'],
  ["verify-imports-nothing", "src/verify/to-node.ts", 'import "node:crypto";'],
  ["verify-imports-nothing", "src/verify/to-domain.ts", 'import "../domain/signing/sign.ts";'],
  ["verify-imports-nothing", "src/verify/to-package.ts", 'import "neverthrow";'],
  ["verify-is-for-receivers", "src/adapters/memory/verifying.ts", 'import "../../verify/check.ts";'],
  ["the-test-kit-is-for-tests", "src/application/to-fakes.ts", 'import "../testing/fake.ts";'],
  ["vitest-in-the-contracts", "src/testing/to-vitest.ts", 'import "vitest";'],
  ["fast-check-in-the-arbitraries-and-contracts", "src/testing/to-fast-check.ts", 'import "fast-check";'],
  ["inner-files-never-import-the-front-door", "src/adapters/memory/door.ts", 'import "../../open-hookledger.ts";'],
  [
    "sqlite-driver-in-its-adapter",
    "src/adapters/memory/driver.ts",
    'import type D from "better-sqlite3"; export type E = D;',
  ],
  ["sqlite-driver-in-its-adapter", "src/open-with-driver.ts", 'await import("better-sqlite3");'],
  ["drizzle-in-storage-adapters", "src/adapters/memory/orm.ts", 'import "drizzle-orm";'],
  ["ky-in-its-adapter", "src/adapters/undici/ky-inside.ts", 'import "ky";'],
  ["undici-in-http-adapters", "src/adapters/network/agent.ts", 'import "undici";'],
];

const allowed: Readonly<Record<string, string>> = {
  "test/support/helper.ts": "export {};",
  "src/domain/thing.ts": 'import "neverthrow"; import type { S } from "@standard-schema/spec"; export type T = S;',
  "src/domain/cycle-b.ts": 'import type { A } from "./cycle-a.ts"; export type B = A | 2;',
  "src/domain/signing/sign.ts": 'import "node:crypto";',
  "src/ports/port.ts": 'import type { T } from "../domain/thing.ts"; import "neverthrow"; export type P = T;',
  "src/application/use-case.ts": 'import "../ports/port.ts"; import "../domain/thing.ts"; import "neverthrow";',
  "src/adapters/memory/store.ts": 'import "../../ports/port.ts"; import "../../domain/thing.ts"; import "uuid";',
  "src/adapters/sqlite/store.ts": 'import "better-sqlite3"; import "drizzle-orm"; import "node:fs";',
  "src/adapters/undici/client.ts": 'import "undici"; import "../../ports/port.ts";',
  "src/adapters/ky/client.ts": 'import "ky"; import "undici"; import "../undici/client.ts";',
  "src/verify/check.ts": 'import "./key.ts";',
  "src/verify/key.ts": "export {};",
  "src/testing/fake.ts": 'import "../ports/port.ts"; import "../domain/thing.ts";',
  "src/testing/arbitraries/commands.ts": 'import "fast-check"; import "../../domain/thing.ts";',
  "src/testing/contracts/storage.ts": 'import "vitest"; import "fast-check"; import "../arbitraries/commands.ts";',
  "src/adapters/cli/main.ts": 'import "../../application/use-case.ts";',
  "src/open-hookledger.ts": 'import "./application/use-case.ts"; import "./adapters/ky/client.ts";',
  "src/index.ts": 'export * from "./open-hookledger.ts";',
};

describe("the dependency rule", () => {
  let report: DependencyReport;
  let removeFixture: () => Promise<void>;

  beforeAll(async () => {
    const broken = Object.fromEntries(forbidden.map(([, file, statement]) => [file, statement]));
    const fixture = await createDependencyFixture({ ...allowed, ...broken });
    removeFixture = fixture.remove;
    report = await checkDependencies(fixture.root);
  });
  afterAll(() => removeFixture());

  it.each(forbidden)("%s names %s", (rule, file) => {
    const named = report.violations.filter((violation) => violation.from === file).map((violation) => violation.rule);
    expect(named).toContain(rule);
  });

  it("names nothing in the files that keep to it", () => {
    const partners = new Set(["src/domain/cycle-b.ts"]);
    const blamed = report.violations.filter(({ from }) => from in allowed && !partners.has(from));
    expect(blamed).toEqual([]);
  });

  it("has a forbidden import here for every rule", () => {
    expect(new Set(forbidden.map(([rule]) => rule))).toEqual(new Set(dependencyRuleNames));
  });

  it("sees the real source, types included, and finds nothing forbidden there", async () => {
    const real = await checkDependencies(join(import.meta.dirname, "..", ".."));
    expect(real.modules).toBeGreaterThan(0);
    expect(real.dependencies).toBeGreaterThan(real.modules);
    expect(real.violations).toEqual([]);
  });
});
