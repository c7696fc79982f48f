import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Readable } from "node:stream";

export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** Reads on afterwards, so that a full pipe never holds up the server. */
export function untilItSays(server: ChildProcess, output: Readable, phrase: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    output.on("data", (chunk: Buffer) => {
      if (said.includes(phrase)) return;
      said += chunk.toString();
      if (said.includes(phrase)) resolve();
    });
  });
}
