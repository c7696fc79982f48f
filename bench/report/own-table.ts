import { hookledgerOnPostgres, hookledgerOnUndici } from "../contenders/hookledger.ts";
import { TABLES } from "../measurements/dead-rows.ts";
import type { Results } from "../results.ts";
import { backlogs, type Task } from "../tasks.ts";
import { figure } from "./text-table.ts";

type Rows = readonly (readonly string[])[];

/** The figures of hookledger alone. What was not measured has no row. */
export function ownRows(results: Results): Rows {
  return [...growthRows(results), ...fairnessRows(results), ...idleRow(results), ...postgresRows(results)];
}

function growthRows(results: Results, contender = hookledgerOnUndici): Rows {
  return backlogs.flatMap((size) => {
    const at = (name: string) => results.median({ measurement: "growth", size }, contender, name);
    const rate = at("deliveredPerSecond");
    if (rate === null) return [];
    const [heap, rss] = [figure(at("heapMb"), 1), figure(at("rssMb"))];
    return [[`backlog of ${figure(size)}`, `${figure(rate)} delivered/s`, `heap ${heap} MB`, `RSS ${rss} MB`]];
  });
}

function fairnessRows(results: Results): Rows {
  const measurements = ["alone", "beside a dead webhook"] satisfies Task["measurement"][];
  return measurements.flatMap((measurement) => {
    const [p50, p99] = ["p50Ms", "p99Ms"].map((name) => results.median({ measurement }, hookledgerOnUndici, name));
    if (p50 === undefined || p99 === undefined || p50 === null) return [];
    return [[`a webhook ${measurement}`, `p50 ${figure(p50, 2)} ms`, `p99 ${figure(p99, 2)} ms`]];
  });
}

function idleRow(results: Results, contender = hookledgerOnUndici): Rows {
  const percent = results.median({ measurement: "idle" }, contender, "cpuPercent");
  return percent === null ? [] : [["idle worker", `${figure(percent, 2)} % of a core`]];
}

function postgresRows(results: Results): Rows {
  const at = (measurement: Task["measurement"], name: string) =>
    results.median({ measurement }, hookledgerOnPostgres, name);
  const rates = (["one process", "two processes"] as const).flatMap((measurement) => {
    const rate = at(measurement, "deliveredPerSecond");
    return rate === null ? [] : [[measurement, `${figure(rate)} delivered/s`]];
  });
  const tables = TABLES.flatMap((table) => {
    const [first, last] = [at("dead rows", `${table} first`), at("dead rows", `${table} last`)];
    return first === null ? [] : [[table, `${figure(first, 1)} MB after a tenth`, `${figure(last, 1)} MB after all`]];
  });
  const rows = [
    ...rates,
    ...growthRows(results, hookledgerOnPostgres),
    ...idleRow(results, hookledgerOnPostgres),
    ...tables,
  ];
  return rows.map(([what = "", ...rest]) => [`on PostgreSQL: ${what}`, ...rest]);
}
