import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { measure } from "./measure.ts";
import { parseOptions, type Options } from "./options.ts";
import { growthChart } from "./report/growth-chart.ts";
import { report } from "./report/report.ts";
import { createResults, type Results } from "./results.ts";
import { measureSignatures, SIZES_KB } from "./signatures/measure-signatures.ts";
import { reportSignatures } from "./signatures/report-signatures.ts";
import { findStores, type Stores } from "./stores/open-store.ts";
import { tasks, type Part } from "./tasks.ts";

/** Runs the rounds in alternating order, so that a machine that slows down meanwhile slows all contenders. */
async function runPart(
  part: Part,
  { rounds, scale, takesPart }: Options,
  stores: Stores,
  results: Results,
): Promise<number> {
  let failures = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const { contenders, mostRounds = rounds, ...task } of tasks[part]) {
      if (round > mostRounds) continue;
      const inOrder = contenders.filter(({ name }) => takesPart(name));
      for (const contender of round % 2 === 0 ? inOrder.toReversed() : inOrder) {
        if (stores.missing(contender.store) !== null) continue;
        const size = Math.ceil(task.size * scale);
        console.error(`round ${round} of ${Math.min(rounds, mostRounds)}, ${task.measurement}: ${contender.name}`);
        try {
          results.add(round, task, contender, await measure(stores, contender, { ...task, size }));
        } catch (error) {
          // The other rounds are still worth having. What is missing is a dash in the table.
          console.error(error);
          failures += 1;
        }
      }
    }
  }
  return failures;
}

const options = parseOptions(process.argv.slice(2), process.env);
const stores = await findStores();
const results = createResults();
let failures = 0;
for (const part of options.parts) failures += await runPart(part, options, stores, results);
if (options.parts.length > 0) console.log(report(options, stores, results));
for (const sizeKb of options.signatures ? SIZES_KB : []) {
  console.log(`\n${reportSignatures(sizeKb, await measureSignatures(sizeKb, options))}`);
}
if (failures > 0) console.log(`\n${failures} measurements failed; see above.`);
process.exitCode = failures === 0 ? 0 : 1;
if (options.parts.includes("growth")) {
  const path = fileURLToPath(new URL("growth.svg", import.meta.url));
  writeFileSync(path, growthChart(results));
  console.log(`\nHow it grows, drawn: ${path}`);
}
