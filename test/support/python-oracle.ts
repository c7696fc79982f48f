import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../vectors/oracle.py", import.meta.url));

export interface PythonAnswer {
  readonly canonical: string;
  readonly signature: string;
}

export interface PythonOracle {
  /** Python's canonical form of a JSON text, and its signature with the secret. */
  ask(jsonText: string, secret: string): Promise<PythonAnswer>;
  close(): Promise<void>;
}

export function pythonIsPresent(): boolean {
  return spawnSync("python3", ["--version"]).status === 0;
}

/** Starts one Python process that answers one question at a time. */
export function startPythonOracle(): PythonOracle {
  const child = spawn("python3", [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(jsonText, secret) {
      child.stdin.write(`[${JSON.stringify(secret)},${jsonText}]\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error("the Python oracle ended; its traceback is above");
      const [signature = "", canonical = ""] = splitOnce(answer.value, " ");
      return { signature, canonical };
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
