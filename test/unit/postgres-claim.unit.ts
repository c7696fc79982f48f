import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import type { ClaimRow } from "../../src/adapters/postgres/claim-statements.ts";
import { createClaim } from "../../src/adapters/postgres/claim.ts";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import { createLeasedViews } from "../../src/adapters/postgres/leased-views.ts";
import { tablesIn } from "../../src/adapters/postgres/tables.ts";
import type { GroupCommit } from "../../src/adapters/postgres/group-commit.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { T0 } from "../../src/testing/contracts/storage/facts.ts";

function row(deliveryId: string): ClaimRow {
  return {
    ...{ deliveryId, messageId: "m", webhookId: "w", tenantId: "", event: "memory.updated" },
    ...{ attempts: 0, attemptsBeforeRound: 0, dueAt: T0, version: 1, createdAt: T0, updatedAt: T0 },
    ...{ share: 2, hadTurn: true, webhooksRevision: 1, body: "{}" },
  };
}

/** Finds the rows of each round, one after the other. */
function finding(...rounds: readonly (readonly ClaimRow[])[]): Connection {
  let round = 0;
  return {
    get orm(): never {
      throw new Error("nobody is to ask this");
    },
    run: (statement) => {
      const rows: readonly object[] = statement.name.includes("claim") ? (rounds[round++] ?? []) : [];
      return Promise.resolve(rows.filter((row) => statement.isRow(row)));
    },
    execute: () => Promise.reject(new Error("nobody is to ask this")),
  };
}

function claiming(following: GroupCommit["following"], limit = 3) {
  const told: (readonly string[])[] = [];
  const claim = createClaim({ following }, tablesIn("hookledger"), createLeasedViews());
  const claimed = claim(
    () => claimOf({ limit }),
    (found) => told.push(found.map(({ delivery }) => delivery.deliveryId)),
  );
  return { claimed: claimed.map((found) => found.map(({ delivery }) => delivery.deliveryId)), told };
}

it("a claim tells what it has found once it has nothing more to look for, before its transaction ends", async () => {
  const connection = finding([row("a"), row("b")], [row("c")]);
  const heard: string[] = [];
  const { claimed, told } = claiming(async (work) => {
    const found = await work(connection);
    heard.push(`${told.length} told`);
    return ok(found);
  });
  expect(await valueOf(claimed)).toEqual(["a", "b", "c"]);
  expect([heard, told]).toEqual([["0 told", "1 told"], [["a", "b", "c"]]]);
});

it("if what a claim has told of is lost with its transaction, the claim fails rather than find others", async () => {
  const connection = finding([row("a")], [row("b")]);
  const { claimed, told } = claiming(async (work) => {
    await work(connection);
    return ok(await work(connection));
  });
  expect(await errorOf(claimed)).toMatchObject({ reason: "disconnected", retryable: true });
  expect(told).toEqual([["a"]]);
});

it("a claim that asks for nothing loses nothing if its transaction is run again", async () => {
  const connection = finding([row("a")]);
  const again: GroupCommit["following"] = async (work) => {
    await work(connection);
    return ok(await work(connection));
  };
  const { claimed, told } = claiming(again, 0);
  expect(await valueOf(claimed)).toEqual([]);
  expect(told).toEqual([[]]);
});

it("if the last round is lost, a claim answers what the rounds before leased, although it told of more", async () => {
  const connection = finding([row("a"), row("b")], [row("c")]);
  let rounds = 0;
  const { claimed, told } = claiming(async (work) => {
    const found = await work(connection);
    rounds += 1;
    return rounds === 1 ? ok(found) : err(storageError("disconnected", "lost, for the test"));
  });
  expect(await valueOf(claimed)).toEqual(["a", "b"]);
  expect(told).toEqual([["a", "b", "c"]]);
});
