import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { startChild } from "../support/child.ts";
import { newPath } from "../support/sqlite-files.ts";

const limits = spawnSync("prlimit", ["--version"]).status === 0;

it.runIf(limits)(
  "an outcome that does not fit into a quota is recorded once it does, and nothing is sent again",
  async () => {
    const child = startChild(new URL("../support/over-quota.ts", import.meta.url), [newPath()]);
    await expect(child.hears("delivered, refused 1, sent 1")).resolves.toBeUndefined();
  },
);
