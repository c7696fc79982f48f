import { err } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import { storageError } from "../../ports/storage-error.ts";
import { toError } from "../sql/to-error.ts";
import type { Member } from "./batch.ts";
import { inDoubt } from "./enquiry.ts";
import type { Transact } from "./transact.ts";

/**
 * Holds the commits whose idempotency key an open transaction may hold, such as one of the application's. Tries them
 * one after the other, each for a moment, on one connection beside the shared transactions, which do not wait for them.
 */
export interface HeldUp {
  /**
   * @param isInDoubt - whether an earlier transaction, of which nothing has been heard since, may have done the commit
   */
  add(member: Member, isInDoubt: boolean): void;
  /** Tells whether one of them has the same key, so that the commit would be held up as well. */
  isBefore(commit: Commit): boolean;
  /** Resolves when all of them are settled. */
  drained(): Promise<void>;
}

/** How long a commit waits for its key. */
const PATIENCE_MS = 30_000;
const heldTooLong = storageError(
  "locked",
  `another transaction has held the idempotency key for ${PATIENCE_MS / 1000} s`,
);

/** @param now - milliseconds since any fixed moment */
export function createHeldUp(alone: Transact["alone"], now: () => number = () => performance.now()): HeldUp {
  const line: { readonly member: Member; readonly isInDoubt: boolean; readonly until: number }[] = [];
  let trying: Promise<void> | null = null;

  async function tryAll(): Promise<void> {
    for (let first = line[0]; first !== undefined; first = line[0]) {
      const { member, isInDoubt, until } = first;
      try {
        const outcome = await alone(member.commit, isInDoubt);
        line.shift();
        if (!("heldUp" in outcome)) member.settle(outcome);
        else if (now() < until) line.push({ member, isInDoubt: outcome.isInDoubt, until });
        else member.settle(err(outcome.isInDoubt ? inDoubt(heldTooLong) : heldTooLong));
      } catch (bug) {
        line.shift();
        member.reject(toError(bug));
      }
    }
    trying = null;
  }

  return {
    add(member, isInDoubt) {
      line.push({ member, isInDoubt, until: now() + PATIENCE_MS });
      trying ??= tryAll();
    },
    isBefore(commit) {
      if (line.length === 0) return false;
      const slots = new Set(slotsOf(commit));
      return line.some(({ member }) => slotsOf(member.commit).some((slot) => slots.has(slot)));
    },
    async drained() {
      while (trying !== null) await trying;
    },
  };
}

function slotsOf({ messages = [] }: Commit): readonly string[] {
  return messages.flatMap(({ tenantId, idempotencyKey }) =>
    idempotencyKey === null ? [] : idempotencySlot(tenantId, idempotencyKey),
  );
}
