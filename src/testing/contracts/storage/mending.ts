import { expect } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";

/** What the projections say, as far as the cases of spoiled data look at it. */
export type ProjectedRows = Awaited<ReturnType<typeof rowsOf>>;

export async function rowsOf(storage: Storage) {
  return {
    webhooks: await valueOf(storage.webhooks.list("")),
    deliveries: await valueOf(storage.deliveries.list({ limit: 10 })),
  };
}

/** Expects that a rebuild brings the rows back. */
export async function expectMended(storage: Storage, rows: ProjectedRows): Promise<void> {
  await valueOf(storage.projections.rebuild());
  expect(await rowsOf(storage)).toEqual(rows);
  expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
}
