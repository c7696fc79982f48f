import type { LogFacts, Logger } from "../ports/logger.ts";

export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly facts: LogFacts;
}

export interface RecordingLogger extends Logger {
  readonly entries: readonly LogEntry[];
}

/** Makes a logger that remembers what it was told. */
export function createRecordingLogger(): RecordingLogger {
  const entries: LogEntry[] = [];
  const record = (level: LogEntry["level"]) => (message: string, facts: LogFacts) => {
    entries.push({ level, message, facts });
  };
  return { entries, info: record("info"), warn: record("warn"), error: record("error") };
}
