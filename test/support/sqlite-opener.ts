import Database from "better-sqlite3";
import { createInterface } from "node:readline";
import { openSqlite } from "./sqlite-storage-harness.ts";

// A process that, when told to, opens a ledger by path or by handle, appends one event to its own stream and closes the
// ledger. Usage: sqlite-opener.ts path|handle <file> <name>
const [by, path = "", name = ""] = process.argv.slice(2);
/** Ten such processes write one after the other, and SQLite does not serve them in turn. */
const busyTimeoutMs = 60_000;

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== "go") continue;
  const handle = by === "handle" ? new Database(path, { timeout: busyTimeoutMs }) : null;
  const storage = await openSqlite(handle === null ? { path, busyTimeoutMs } : { database: handle });
  const streams = [
    {
      streamId: `webhook-${name}`,
      expectedVersion: "no-stream",
      events: [{ type: "WebhookActivated", data: {} }],
    },
  ] as const;
  const appended = await storage.writer.append({ recordedAt: 0, streams });
  if (appended.isErr()) throw new Error(appended.error.message);
  (await storage.close())._unsafeUnwrap();
  handle?.close();
  console.log("done");
  break;
}
process.stdin.destroy();
