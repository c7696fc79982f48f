import type Database from "better-sqlite3";
import type { ResultAsync } from "neverthrow";
import type { PoolClient } from "pg";
import { expectTypeOf, it } from "vitest";
import type { PostgresTransaction } from "../../src/adapters/postgres/index.ts";
import type { SqliteTransaction } from "../../src/adapters/sqlite/index.ts";
import type {
  AttemptError,
  CancelError,
  DeleteError,
  copyLedger,
  Hookledger,
  HookledgerError,
  HookledgerOptions,
  LedgerPage,
  Message,
  NetworkOptions,
  NewWebhook,
  openHookledger,
  OpenTransaction,
  RedeliverError,
  RemoteTransaction,
  RotateError,
  StopError,
  StorageAdapter,
  Tenant,
  UpdateError,
  WebhookChanges,
  WebhookHeaders,
} from "../../src/index.ts";
import type { memoryEvents } from "../../src/domain/message/catalogue.ts";
import type { simulateDelivery } from "../../src/testing/simulate-delivery.ts";

type Within<Hooks extends { within(transaction: never): unknown }> = keyof ReturnType<Hooks["within"]>;
type Events = typeof memoryEvents;

it("the type of the transaction decides whether within has publish or publishSync", () => {
  expectTypeOf<Within<Hookledger<Events, SqliteTransaction>>>().toEqualTypeOf<"publishSync">();
  expectTypeOf<Within<Hookledger<Events, Database.Database>>>().toEqualTypeOf<"publishSync">();
  expectTypeOf<Within<Hookledger<Events, PostgresTransaction>>>().toEqualTypeOf<"publish">();
  expectTypeOf<Within<Hookledger<Events, PoolClient>>>().toEqualTypeOf<"publish">();
});

it("the types need no parameters if the application has no event types of its own", () => {
  expectTypeOf<Message["event"]>().toEqualTypeOf<keyof Events>();
  expectTypeOf<Hookledger["publish"]>().parameter(0).toEqualTypeOf<Message>();
  expectTypeOf<Tenant["publish"]>().parameter(0).toEqualTypeOf<Message>();
  expectTypeOf<HookledgerOptions["events"]>().toEqualTypeOf<Events | undefined>();
});

it("an option may be undefined, which means that it is left out", () => {
  type Options = { readonly [Name in keyof HookledgerOptions]-?: NonNullable<HookledgerOptions[Name]> };
  type RetryConfigOf<Settings extends { readonly retryConfig?: unknown }> = NonNullable<Settings["retryConfig"]>;
  expectTypeOf<{ timeoutSeconds: undefined; userAgent: undefined }>().toExtend<Options["request"]>();
  expectTypeOf<{ payloadBytes: undefined }>().toExtend<Options["limits"]>();
  expectTypeOf<{ allow: undefined; httpsOnly: undefined }>().toExtend<Options["network"]>();
  expectTypeOf<{ after: undefined; limit: number }>().toExtend<LedgerPage>();
  type Unset = { maxRetries: undefined; scheduleSeconds: undefined; deactivateAfterSeconds: undefined };
  expectTypeOf<Unset>().toExtend<RetryConfigOf<Options["webhookDefaults"]>>();
  expectTypeOf<Unset>().toExtend<RetryConfigOf<NewWebhook>>();
  expectTypeOf<Unset>().toExtend<RetryConfigOf<WebhookChanges>>();
  expectTypeOf<Unset>().toExtend<Parameters<typeof simulateDelivery>[0]>();
});

it("a type that joins transactions is assignable to one that leaves the storage open", () => {
  type Own = { readonly "order.paid": null };
  expectTypeOf<Hookledger<Own, SqliteTransaction>>().toExtend<Hookledger<Own>>();
  expectTypeOf<Hookledger<Own, PostgresTransaction>>().toExtend<Hookledger<Own>>();
  expectTypeOf<Tenant<Own, PostgresTransaction>>().toExtend<Tenant<Own>>();
});

it("a third parameter decides between publish and publishSync", () => {
  expectTypeOf<Within<Hookledger<Events, { pragma: string }, RemoteTransaction>>>().toEqualTypeOf<"publish">();
  expectTypeOf<Within<Hookledger<Events, object, OpenTransaction>>>().toEqualTypeOf<"publishSync">();
});

it("an opened Hookledger is assignable to one that is written with two parameters", () => {
  type Opened<Adapter> =
    Adapter extends StorageAdapter<infer Transaction, infer Joined> ? Hookledger<Events, Transaction, Joined> : never;
  type OnSqlite = Opened<StorageAdapter<SqliteTransaction, OpenTransaction>>;
  type OnPostgres = Opened<StorageAdapter<PostgresTransaction, RemoteTransaction>>;
  expectTypeOf<OnSqlite>().toExtend<Hookledger<Events, SqliteTransaction>>();
  expectTypeOf<OnPostgres>().toExtend<Hookledger<Events, PostgresTransaction>>();
  expectTypeOf<OnPostgres>().not.toExtend<Hookledger<Events, SqliteTransaction>>();
});

it("what joins nothing is not taken for what joins transactions", () => {
  expectTypeOf<Hookledger<Events, never, OpenTransaction>>().not.toExtend<Hookledger<Events, SqliteTransaction>>();
  expectTypeOf<Hookledger>().not.toExtend<Hookledger<Events, PostgresTransaction>>();
  expectTypeOf<Tenant>().not.toExtend<Tenant<Events, PostgresTransaction>>();
});

it("a storage that joins no transaction is not one that joins any", () => {
  type OnHandle = StorageAdapter<SqliteTransaction, OpenTransaction>;
  expectTypeOf<StorageAdapter<never, OpenTransaction>>().not.toExtend<OnHandle>();
  expectTypeOf<OnHandle>().toExtend<StorageAdapter>();
});

it("the types of options, and of the errors of each call, can be named", () => {
  expectTypeOf<NetworkOptions>().toExtend<{ readonly allow?: readonly string[] | undefined }>();
  expectTypeOf<StopError["type"]>().toEqualTypeOf<"InvalidInput" | "StorageError">();
  type OfAnyDecision = "DamagedEvent" | "StorageError" | "VersionConflict";
  expectTypeOf<AttemptError["type"]>().toEqualTypeOf<OfAnyDecision>();
  type OfAnyChange = "InvalidInput" | "DeliveryNotFound" | OfAnyDecision;
  expectTypeOf<CancelError["type"]>().toEqualTypeOf<OfAnyChange>();
  type OfRedelivery = "DeliveryAlreadyDelivered" | "WebhookNotFound" | "WebhookInactive" | "PayloadErased";
  expectTypeOf<RedeliverError["type"]>().toEqualTypeOf<OfAnyChange | OfRedelivery>();
  type OfWebhook = "InvalidInput" | OfAnyDecision;
  expectTypeOf<DeleteError["type"]>().toEqualTypeOf<OfWebhook>();
  expectTypeOf<RotateError["type"]>().toEqualTypeOf<OfWebhook | "WebhookNotFound">();
  type OfSettings = "UnknownEventType" | "ForbiddenAddress" | "SigningFailed";
  expectTypeOf<UpdateError["type"]>().toEqualTypeOf<OfWebhook | "WebhookNotFound" | OfSettings>();
  expectTypeOf<WebhookHeaders>().toEqualTypeOf<Readonly<Record<string, string>>>();
});

it("HookledgerError is every error of every call, and no other", () => {
  type ErrorOf<Call> = Call extends (...given: never) => ResultAsync<unknown, infer Failure> ? Failure : never;
  type ErrorsOf<Calls> = { readonly [Name in keyof Calls]: ErrorOf<Calls[Name]> }[keyof Calls];
  type Hooks = Hookledger<Events, PostgresTransaction>;
  type OfHooks = ErrorsOf<Hooks | Tenant> | ErrorsOf<Hooks["webhooks"]> | ErrorsOf<Hooks["deliveries"]>;
  type OfMessages = ErrorsOf<Hooks["messages"]> | ErrorsOf<ReturnType<Hooks["within"]>>;
  type OfLedger = ErrorsOf<Hooks["ledger"]> | ErrorsOf<ReturnType<Hooks["worker"]>>;
  type Every = OfHooks | OfMessages | OfLedger | ErrorOf<typeof copyLedger> | ErrorOf<typeof openHookledger>;
  expectTypeOf<Every>().toExtend<HookledgerError>();
  expectTypeOf<HookledgerError["type"]>().toEqualTypeOf<Every["type"]>();
});
