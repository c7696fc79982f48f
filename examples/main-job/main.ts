// The main job of hookledger, from end to end: webhooks on an SQLite file, a receiver in another process, six
// messages, one webhook that fails twice and recovers, one that stays dead. `npm start` runs it.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { safeTry, ok, type ResultAsync } from "neverthrow";
import { checkEvidence } from "./expectations.ts";
import { paint } from "./paint.ts";
import { startReceiver, type ReceiverProcess } from "./receiver-process.ts";
import { report } from "./report.ts";
import { parseSabotage } from "./sabotage.ts";
import { open, play, type Failure } from "./scenario.ts";

function mainJob(path: string, receiver: ReceiverProcess): ResultAsync<boolean, Failure> {
  return safeTry<boolean, Failure>(async function* () {
    const sabotage = yield* parseSabotage(process.env["HOOKLEDGER_DEMO_SABOTAGE"]);
    const hooks = yield* open(path);
    const played = await play(hooks, receiver, sabotage);
    yield* hooks.close();
    const evidence = yield* played;
    const checks = checkEvidence(evidence);
    console.log(report(evidence, checks));
    return ok(checks.differences.length === 0);
  });
}

const path = join(mkdtempSync(join(tmpdir(), "hookledger-")), "hooks.db");
const receiver = startReceiver();
console.log(`
${paint("bold", "hookledger")}: six memory events, five webhooks, one of them in trouble and one dead

  the ledger    ${path}
  the receiver  process ${receiver.pid}, which checks signatures with node:crypto and standardwebhooks
`);
try {
  const outcome = await mainJob(path, receiver);
  if (outcome.isErr()) console.error(paint("red", `✘ ${outcome.error.type}: ${outcome.error.message}`));
  process.exitCode = outcome.unwrapOr(false) ? 0 : 1;
} finally {
  await receiver.stop();
}
console.log(`
${paint("dim", "To look around:")} sqlite3 ${path} 'SELECT position, type, data FROM hookledger_events'
`);
