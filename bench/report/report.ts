import { cpus, totalmem, type } from "node:os";
import type { Contender } from "../contender.ts";
import { contenders } from "../contenders/index.ts";
import { pinned } from "../cores.ts";
import type { Options } from "../options.ts";
import type { Results } from "../results.ts";
import type { Stores } from "../stores/open-store.ts";
import { ownRows } from "./own-table.ts";
import type { Target } from "./ratios.ts";
import { targetsOf } from "./targets.ts";
import { figure, textTable } from "./text-table.ts";

const head = [
  ...["", "publish/s", "delivered/s to 1", "to 10", "CPU ms per 1,000"],
  ...["peak MB", "p50 ms", "p99 ms"],
];

export function report({ rounds, scale, takesPart }: Options, stores: Stores, results: Results): string {
  const shown = contenders.filter(({ name }) => takesPart(name));
  const sections = [
    machine(rounds, scale, stores),
    textTable([head, ...shown.map((contender) => row(contender, stores, results))]),
    under(["hookledger, undici", "", "", ""], ownRows(results)),
    under(["target", "wanted", "measured", ""], targetsOf(results).filter(isMeasured).map(verdict)),
    textTable(shown.map(({ name, settings }) => [name, settings])),
  ];
  return `\n${sections.filter((section) => section !== "").join("\n\n")}`;
}

function under(title: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : textTable([title, ...rows]);
}

function machine(rounds: number, scale: number, { versions }: Stores): string {
  const processors = cpus();
  const parts = [
    `${processors.length} × ${processors[0]?.model ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    [type(), `Node ${process.versions.node}`, ...versions].join(", "),
    pinned ? "sender and receiver on a core each, servers on any" : "no taskset: nothing is pinned",
    `medians of ${rounds} rounds, of 3 at most for growth and idle`,
    ...(scale === 1 ? [] : [`sizes times ${scale}: A TRIAL, NOT A RESULT`]),
  ];
  return parts.join("; ");
}

function row(contender: Contender, stores: Stores, results: Results): readonly string[] {
  const missing = stores.missing(contender.store);
  if (missing !== null) return [contender.name, missing];
  const at = (webhooks: number, name: string, decimals?: number) =>
    figure(results.median({ measurement: "throughput", webhooks }, contender, name), decimals);
  const latency = (name: string) => figure(results.median({ measurement: "latency" }, contender, name), 2);
  return [
    contender.name,
    contender.store === "none" ? "–" : at(1, "publishedPerSecond"),
    at(1, "deliveredPerSecond"),
    at(10, "deliveredPerSecond"),
    at(1, "cpuMsPerThousand", 1),
    at(1, "peakRssMb"),
    latency("p50Ms"),
    latency("p99Ms"),
  ];
}

function isMeasured({ value }: Target): boolean {
  return value !== null;
}

function verdict({ what, value, atLeast, atMost }: Target): readonly string[] {
  const met = value !== null && value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const wanted = atLeast === undefined ? `≤ ${atMost ?? ""}` : `≥ ${atLeast}`;
  return [what, wanted, figure(value, 2), met ? "met" : "MISSED"];
}
