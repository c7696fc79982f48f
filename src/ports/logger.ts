export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Receives what happens between calls. `console` is a logger; pino takes the two arguments the other way round, so wrap
 * it. A logger that throws, or answers with a promise that rejects, has not logged, and harms nothing else. It never
 * receives a secret, a payload or a header's value.
 */
export interface Logger {
  info(message: string, facts: LogFacts): void;
  warn(message: string, facts: LogFacts): void;
  error(message: string, facts: LogFacts): void;
}
