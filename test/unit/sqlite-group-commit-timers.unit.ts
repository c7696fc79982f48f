import { err, ok } from "neverthrow";
import { afterEach, expect, it, vi } from "vitest";
import { createGroupCommit } from "../../src/adapters/sqlite/group-commit.ts";
import { storageError } from "../../src/ports/storage-error.ts";

afterEach(() => void vi.useRealTimers());

it.each([0, 1, 3])(
  "writes also if a test has faked the timers, and finds another one writing %i times",
  async (times) => {
    vi.useFakeTimers();
    let locks = times;
    const group = createGroupCommit((work) => {
      if (locks === 0) return work();
      locks -= 1;
      return err(storageError("locked", "another connection is writing"));
    }, 60_000);
    expect(await group.add(() => ok("written"))).toEqual(ok("written"));
  },
);
