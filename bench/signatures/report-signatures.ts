import { figure, textTable } from "../report/text-table.ts";
import { hookledger, type Library } from "./libraries.ts";
import type { Speeds } from "./measure-signatures.ts";

const columns = [
  ["sign", "sign"],
  ["verify, 64 under way", "verify"],
  ["one by one", "verifyOneByOne"],
  ["sign + verify, 64 under way", "both"],
  ["one by one", "bothOneByOne"],
] as const satisfies readonly (readonly [title: string, name: keyof Speeds])[];

export function reportSignatures(sizeKb: number, measured: ReadonlyMap<Library, Speeds>): string {
  const ours = measured.get(hookledger);
  const bestOthers = (name: keyof Speeds) =>
    Math.max(...[...measured].filter(([library]) => library !== hookledger).map(([, speeds]) => speeds[name]));
  return textTable([
    [`signatures of ${sizeKb} KB, a second`, ...columns.map(([title]) => title)],
    ...[...measured].map(([{ name }, speeds]) => [name, ...columns.map(([, column]) => figure(speeds[column]))]),
    [
      "hookledger, of the better one",
      ...columns.map(([, name]) => figure(ours === undefined ? null : ours[name] / bestOthers(name), 2)),
    ],
  ]);
}
