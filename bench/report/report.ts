import { cpus, totalmem, type } from "node:os";
import type { Contender } from "../contender.ts";
import { contenders } from "../contenders/index.ts";
import { hookledgerOnUndici } from "../contenders/hookledger.ts";
import { pinned } from "../cores.ts";
import type { Options } from "../options.ts";
import type { Results } from "../results.ts";
import type { Stores } from "../stores/open-store.ts";
import { backlogs, type Task } from "../tasks.ts";
import { targetsOf, type Target } from "./targets.ts";
import { figure, textTable } from "./text-table.ts";

const head = [
  ...["", "publish/s", "delivered/s to 1", "to 10", "CPU ms per 1,000"],
  ...["peak MB", "p50 ms", "p99 ms"],
];

export function report({ rounds, scale }: Options, stores: Stores, results: Results): string {
  const sections = [
    machine(rounds, scale),
    textTable([head, ...contenders.map((contender) => row(contender, stores, results))]),
    textTable([["hookledger, undici", "", ""], ...growth(results), ...fairness(results)]),
    textTable([["target", "wanted", "measured", ""], ...targetsOf(results).filter(isMeasured).map(verdict)]),
    contenders.map(({ name, settings }) => `${name}: ${settings}`).join("\n"),
  ];
  return `\n${sections.join("\n\n")}`;
}

function machine(rounds: number, scale: number): string {
  const processors = cpus();
  const parts = [
    `${processors.length} × ${processors[0]?.model ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${type()}, Node ${process.versions.node}`,
    pinned ? "sender and receiver on a core each, servers on any" : "no taskset: nothing is pinned",
    `medians of ${rounds}`,
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
    at(1, "publishedPerSecond"),
    at(1, "deliveredPerSecond"),
    at(10, "deliveredPerSecond"),
    at(1, "cpuMsPerThousand", 1),
    at(1, "peakRssMb"),
    latency("p50Ms"),
    latency("p99Ms"),
  ];
}

function growth(results: Results): readonly (readonly string[])[] {
  return backlogs.map((size) => {
    const at = (name: string) => results.median({ measurement: "growth", size }, hookledgerOnUndici, name);
    return [
      `  backlog of ${figure(size)}`,
      `${figure(at("deliveredPerSecond"))} delivered/s`,
      `heap ${figure(at("heapMb"), 1)} MB`,
      `RSS ${figure(at("rssMb"))} MB`,
    ];
  });
}

function fairness(results: Results): readonly (readonly string[])[] {
  const measurements = ["alone", "beside a dead webhook"] satisfies Task["measurement"][];
  return measurements.map((measurement) => {
    const at = (name: string) => figure(results.median({ measurement }, hookledgerOnUndici, name), 2);
    return [`  a webhook ${measurement}`, `p50 ${at("p50Ms")} ms`, `p99 ${at("p99Ms")} ms`];
  });
}

function isMeasured({ value }: Target): boolean {
  return value !== null;
}

function verdict({ what, value, atLeast, atMost }: Target): readonly string[] {
  const met = value !== null && value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const wanted = atLeast === undefined ? `≤ ${atMost ?? ""}` : `≥ ${atLeast}`;
  return [what, wanted, figure(value, 2), met ? "met" : "MISSED"];
}
