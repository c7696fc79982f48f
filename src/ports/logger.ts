export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Where hookledger tells what happens between calls. `console` is one; pino takes the two the other way round, so wrap it. One that
 * throws, or answers with a promise that rejects, has not logged, and harms nothing else. Never receives a secret, a payload or a header's value.
 */
export interface Logger {
  info(message: string, facts: LogFacts): void;
  warn(message: string, facts: LogFacts): void;
  error(message: string, facts: LogFacts): void;
}
