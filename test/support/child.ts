import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Child {
  say(line: string): void;
  /** Resolves once the child has printed the line. Rejects, with its stderr, if it ends before. */
  hears(line: string): Promise<void>;
  /** Ends it, if it has not ended. */
  stop(): Promise<void>;
  /** Ends it as a crash would, in the middle of whatever it is doing. */
  kill(): Promise<void>;
  /** Rejects, with its stderr, if the child ends before `stop` or `kill` is called. */
  readonly survives: Promise<never>;
}

/** Runs a TypeScript file of the repository in its own process. `onLine` gets each line that it prints. */
export function startChild(
  file: URL,
  parameters: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Child {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(file), ...parameters]);
  const ended = once(child, "close").then(() => "ended" as const);
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  // What is written to the child while it ends is lost. That is no error.
  child.stdin.on("error", (error) => complaints.push(error.message));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout })
    .on("line", (line) => lines.push(line))
    .on("line", onLine);
  let wanted = false;
  const survives = ended.then(() => (wanted ? new Promise<never>(() => undefined) : died()));
  // Without this, the rejection would count as unhandled if nobody waits for it.
  survives.catch(() => undefined);

  function died(): never {
    throw new Error(`ended by itself: ${complaints.join("")}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    wanted = true;
    child.kill(signal);
    await ended;
  }

  return {
    say: (line) => child.stdin.write(`${line}\n`),
    async hears(line) {
      while (!lines.includes(line)) {
        const what = await Promise.race([once(output, "line"), ended]);
        if (what === "ended" && !lines.includes(line))
          throw new Error(`ended without "${line}": ${complaints.join("")}`);
      }
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    survives,
  };
}
