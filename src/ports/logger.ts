export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Where hookledger tells what happens between calls. pino's loggers and the console have this form with
 * their arguments the other way round, so wrap them. Must not throw. Never receives a secret, a payload or
 * a header's value.
 */
export interface Logger {
  info(message: string, facts: LogFacts): void;
  warn(message: string, facts: LogFacts): void;
  error(message: string, facts: LogFacts): void;
}
