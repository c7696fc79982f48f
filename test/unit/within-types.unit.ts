import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const repository = join(import.meta.dirname, "..", "..");
const fileName = join(import.meta.dirname, "not-a-transaction.ts");

/** Passes each library's database where its transaction belongs, and each transaction where it belongs. */
const source = `
import type { BetterSQLite3Database, drizzle as onSqlite } from "drizzle-orm/better-sqlite3";
import type { drizzle as onPg, NodePgDatabase } from "drizzle-orm/node-postgres";
import type { drizzle as onPostgresJs } from "drizzle-orm/postgres-js";
import type { PostgresTransaction } from "../../src/adapters/postgres/index.ts";
import type { SqliteTransaction } from "../../src/adapters/sqlite/index.ts";

declare const sqlite: ReturnType<typeof onSqlite>, sqliteWritten: BetterSQLite3Database<{ a: never }>;
declare const pg: ReturnType<typeof onPg>, pgWritten: NodePgDatabase<{ a: never }>;
declare const postgresJs: ReturnType<typeof onPostgresJs>;
declare function withinSqlite(transaction: SqliteTransaction): void;
declare function withinPostgres(transaction: PostgresTransaction): Promise<void>;

sqlite.transaction((tx) => tx.transaction((inner) => [withinSqlite(tx), withinSqlite(inner)]));
void pg.transaction((tx) => tx.transaction((inner) => Promise.all([withinPostgres(tx), withinPostgres(inner)])));
void postgresJs.transaction((tx) => withinPostgres(tx));

withinSqlite(sqlite);
withinSqlite(sqliteWritten);
void withinPostgres(pg);
void withinPostgres(pgWritten);
void withinPostgres(postgresJs);
`;

function diagnostics(): readonly ts.Diagnostic[] {
  const options = {
    ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true },
    ...{ noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: ["node"] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === fileName || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === fileName ? ts.createSourceFile(name, source, target) : getSourceFile(name, target);
  host.getCurrentDirectory = () => repository;
  const program = ts.createProgram([fileName], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(fileName));
}

it("the compiler says what to pass in place of drizzle's database, and takes drizzle's transactions", () => {
  const messages = diagnostics().map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  const advice = "pass what drizzle hands to the callback of transaction(), not the database itself";
  expect(messages).toEqual(Array.from({ length: 5 }, () => expect.stringContaining(advice)));
});
