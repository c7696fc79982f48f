// `hookledger/ports`: what an adapter implements, and the errors that it answers with. The docstrings state the
// promises; the contract suites of `hookledger/testing/contracts` check them.

export type * from "./checkpoints.ts";
export type * from "./clock.ts";
export * from "./commit.ts";
export * from "./delivery-queue.ts";
export * from "./delivery-read-model.ts";
export * from "./http-client.ts";
export type * from "./ids.ts";
export * from "./ledger-reader.ts";
export * from "./ledger-writer.ts";
export type * from "./logger.ts";
export * from "./message-store.ts";
export * from "./network-policy.ts";
export type * from "./open-transaction.ts";
export type * from "./projections.ts";
export type * from "./random.ts";
export type * from "./response-store.ts";
export * from "./retention.ts";
export type * from "./secret-cipher.ts";
export type * from "./secret-store.ts";
export * from "./signer.ts";
export * from "./storage-error.ts";
export type * from "./storage.ts";
export type * from "./transfer.ts";
export type * from "./webhook-read-model.ts";
