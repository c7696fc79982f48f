import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fromPromise, type ResultAsync } from "neverthrow";
import { reply, type Command, type Received, type Reply, type Route } from "./protocol.ts";

export interface ReceiverFailed {
  readonly type: "ReceiverFailed";
  readonly message: string;
}

export interface ReceiverProcess {
  readonly pid: number | undefined;
  /** Resolves once the receiver is up. */
  listening(): ResultAsync<{ readonly port: number; readonly closedPort: number }, ReceiverFailed>;
  serve(routes: readonly Route[]): ResultAsync<void, ReceiverFailed>;
  /** Every request so far, in the order of arrival. */
  report(): ResultAsync<readonly Received[], ReceiverFailed>;
  /** Ends the process, however far it has come. */
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;

export function startReceiver(): ReceiverProcess {
  const child = fork(fileURLToPath(new URL("receiver-process.ts", import.meta.url)), {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  const gone = new AbortController();
  const exited = new Promise<void>((resolve) => {
    const leave = () => {
      gone.abort(new Error("its process ended"));
      resolve();
    };
    child.once("exit", leave).once("error", leave);
  });

  async function next<Type extends Reply["type"]>(type: Type): Promise<Extract<Reply, { type: Type }>> {
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const messages: unknown[] = await once(child, "message", { signal });
    const told = reply.parse(messages[0]);
    if (isA(type, told)) return told;
    throw new Error(`it said ${told.type}, not ${type}`);
  }

  function ask<Type extends Reply["type"]>(order: Command, type: Type) {
    child.send(order);
    return next(type);
  }

  // Listened for from the start, because it may come before anybody asks.
  const listening = fromPromise(next("listening"), failed);

  return {
    pid: child.pid,
    listening: () => listening,
    serve: (routes) => fromPromise(ask({ type: "routes", routes: [...routes] }, "ready"), failed).map(() => undefined),
    report: () => fromPromise(ask({ type: "report" }, "report"), failed).map(({ requests }) => requests),
    stop: () => {
      child.kill("SIGKILL");
      return exited;
    },
  };
}

function isA<Type extends Reply["type"]>(type: Type, told: Reply): told is Extract<Reply, { type: Type }> {
  return told.type === type;
}

function failed(thrown: unknown): ReceiverFailed {
  const reason = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return { type: "ReceiverFailed", message: `the receiver did not answer: ${String(reason)}` };
}
