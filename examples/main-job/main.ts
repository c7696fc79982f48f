// The main job of hookledger, from end to end: webhooks in an SQLite file, a receiver in another process, and six
// messages. One webhook fails twice and recovers, and one stays dead. `npm start` runs it.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { safeTry, ok, type ResultAsync } from "neverthrow";
import { checkEvidence } from "./expectations.ts";
import { paint } from "./paint.ts";
import { startReceiver, type ReceiverProcess } from "./start-receiver.ts";
import { report } from "./report.ts";
import { parseSabotage } from "./sabotage.ts";
import { open, play, type Failure } from "./scenario.ts";

function mainJob(path: string, receiver: ReceiverProcess): ResultAsync<boolean, Failure> {
  return safeTry<boolean, Failure>(async function* () {
    const sabotage = yield* parseSabotage(process.env["HOOKLEDGER_DEMO_SABOTAGE"]);
    const { port } = yield* receiver.listening();
    console.log(header(path, `process ${String(receiver.pid)} on 127.0.0.1:${port}`));
    const hooks = yield* open(path);
    const played = await play(hooks, receiver, sabotage);
    yield* hooks.close();
    const evidence = yield* played;
    const checks = checkEvidence(evidence);
    console.log(report(evidence, checks));
    return ok(checks.differences.length === 0);
  });
}

function header(ledgerPath: string, whereabouts: string): string {
  const title = "six memory events for five webhooks: two healthy, one in trouble, one dead, one switched off";
  return `
${paint("bold", "hookledger")}: ${title}

  the ledger    ${ledgerPath}
  the receiver  ${whereabouts}, which checks signatures with node:crypto and standardwebhooks
`;
}

const path = join(mkdtempSync(join(tmpdir(), "hookledger-")), "hooks.db");
const receiver = startReceiver();
try {
  const outcome = await mainJob(path, receiver);
  if (outcome.isErr()) console.error(paint("red", `✘ ${outcome.error.type}: ${outcome.error.message}`));
  process.exitCode = outcome.unwrapOr(false) ? 0 : 1;
} finally {
  await receiver.stop();
}
const query = "SELECT position, type, data FROM hookledger_events";
console.log(`\n${paint("dim", "The ledger stays, to look around in:")}\n  sqlite3 ${path} '${query}'\n`);
