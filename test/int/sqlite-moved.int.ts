import { renameSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { event, publish, register, states } from "../support/deliver-to.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const moved = {
  type: "StorageError",
  reason: "unreachable",
  message: expect.stringContaining("was moved, replaced or deleted"),
};

async function openOn(path: string) {
  const hooks = await openHooks({ storage: sqliteStorage({ path }), http: scriptedHttpClient(() => 204) });
  await register(hooks, "w");
  await publish(hooks);
  return hooks;
}

it.each([
  ["gone", () => undefined],
  ["replaced", (path: string) => connectionTo(path).exec("create table another (id)")],
])("nothing is acknowledged that would be written into a file that is %s", async (_, replace) => {
  const path = newPath();
  const hooks = await openOn(path);
  const one = { event, payload: {} } as const;
  rmSync(path);
  replace(path);
  const answers = await Promise.all([failure(hooks.publish(one)), failure(hooks.publishMany([one, one]))]);
  expect(answers).toMatchObject([moved, moved]);
  expect(await failure(hooks.webhooks.update("w", { active: false }))).toMatchObject(moved);
});

it("a file that is put back takes writes again, and has all that was acknowledged", async () => {
  const path = newPath();
  const hooks = await openOn(path);
  renameSync(path, `${path}-moved`);
  expect(await failure(hooks.publish({ event, payload: {} }))).toMatchObject(moved);
  renameSync(`${path}-moved`, path);
  await publish(hooks);
  await value(hooks.worker().runUntilIdle());
  expect(await states(hooks)).toEqual({ delivered: 2 });
  expect((await value(hooks.ledger.verify())).differences).toEqual([]);
});
