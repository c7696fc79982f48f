import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Child {
  say(line: string): void;
  /** Resolves once the child has printed the line; rejects, with its stderr, if it ends without. */
  hears(line: string): Promise<void>;
  /** Ends it, if it has not ended. */
  stop(): Promise<void>;
}

/** Runs a TypeScript file of the repository in a process of its own. */
export function startChild(file: URL, parameters: readonly string[]): Child {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(file), ...parameters]);
  const ended = once(child, "close").then(() => "ended" as const);
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return {
    say: (line) => child.stdin.write(`${line}\n`),
    async hears(line) {
      while (!lines.includes(line)) {
        const what = await Promise.race([once(output, "line"), ended]);
        if (what === "ended" && !lines.includes(line))
          throw new Error(`ended without "${line}": ${complaints.join("")}`);
      }
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
