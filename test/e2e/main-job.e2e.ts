import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "..", "..");
const needed = ["src", "drizzle", "examples", "package.json", "tsconfig.json", "tsdown.config.ts"];
const mainJob = ["--import", "tsx", "examples/main-job/main.ts"];

interface Ended {
  readonly status: number | null;
  /** All that it printed, on stdout and stderr. */
  readonly printed: string;
}

/** A copy of the repository, so that `npm start` builds from what is there now and disturbs no other test. */
let copy = "";
/** The first run builds; the others use what it built. */
let wholeRun: Ended = { status: null, printed: "" };

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "hookledger-main-job-"));
  for (const name of needed) await cp(join(repository, name), join(copy, name), { recursive: true });
  await symlink(join(repository, "node_modules"), join(copy, "node_modules"));
  wholeRun = await start("npm", ["start"]).ended;
}, 300_000);
afterAll(() => rm(copy, { recursive: true, force: true }));

function start(command: string, parameters: readonly string[], sabotage = "") {
  const env = { ...process.env, TMPDIR: copy, HOOKLEDGER_DEMO_SABOTAGE: sabotage };
  const child = spawn(command, parameters, { cwd: copy, env, stdio: ["ignore", "pipe", "pipe"] });
  const printed: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  // The receiver inherits the pipes, so they close only when it has ended as well.
  const ended = once(child, "close").then((): Ended => ({ status: child.exitCode, printed: printed.join("") }));
  return { child, ended };
}

describe("the main job", () => {
  it("delivers what can be delivered, reports what cannot, and leaves the ledger to read", () => {
    const { status, printed } = wholeRun;
    expect(printed).toContain("✔ All as expected");
    expect(status).toBe(0);

    const rows = printed.split("\n").filter((line) => line.startsWith("│"));
    expect(rows.filter((row) => row.includes("✔ delivered"))).toHaveLength(9);
    expect(rows).toContainEqual(expect.stringMatching(/search-index.*✔ delivered.*507 → 500 → 200.*3 of 3 valid/));
    expect(rows).toContainEqual(expect.stringMatching(/dashboard.*✘ exhausted.*refused × 4.*nothing came/));
    expect(rows).toContainEqual(expect.stringMatching(/staging.*– skipped.*inactive/));

    const story = /on its way to search-index\n[^]*?\n\n/.exec(printed)?.[0];
    expect(story).toMatch(/registered[^]*published[^]*scheduled[^]*HTTP 507[^]*HTTP 500[^]*succeeded/);
    // From here on the main job prints, not the build. It prints into a pipe, so without colours.
    expect(printed.slice(printed.indexOf("hookledger: six memory events"))).not.toContain("\u001b");

    const path = /the ledger +(\S+)/.exec(printed)?.[1];
    const database = new Database(path, { readonly: true, fileMustExist: true });
    const count: unknown = database.prepare("SELECT count(*) FROM hookledger_events").pluck().get();
    database.close();
    expect(printed).toContain(`replayed ${String(count)} events`);
  });

  it.each([
    [
      "wrong-secret",
      "receiver: audit-log, memory.deleted: requests with a valid X-Kemi-Signature: expected 5, got 0",
      "receiver: audit-log, memory.deleted: requests with a valid webhook-signature: expected 5, got 0",
      "ledger: audit-log, memory.forgotten: state: expected 'delivered', got 'exhausted'",
    ],
    ["longer-trouble", "ledger: search-index, memory.updated: attempts: expected 3, got 5"],
    ["lost-message", "expected [ 507, 500, 200 ], got []"],
  ])("exits with 1 and names the difference under the sabotage %s", async (sabotage, ...differences) => {
    const { status, printed } = await start(process.execPath, mainJob, sabotage).ended;
    expect(printed).toContain("✘ Not as expected");
    for (const difference of differences) expect(printed).toContain(difference);
    expect(status).toBe(1);
  });

  it("exits with 1 when it cannot do its work, and says why", async () => {
    const { status, printed } = await start(process.execPath, mainJob, "nonsense").ended;
    expect(printed).toContain("UnknownSabotage: HOOKLEDGER_DEMO_SABOTAGE must be one of");
    expect(status).toBe(1);
  });

  it("leaves no receiver behind, even when it is killed", async () => {
    const { child, ended } = start(process.execPath, mainJob);
    await Promise.race([once(child.stdout, "data"), ended]);
    child.kill("SIGKILL");
    await expect(ended).resolves.toBeDefined();
  });
});
