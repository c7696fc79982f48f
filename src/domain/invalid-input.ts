/**
 * A value that breaks a rule. `field` says which value, as the caller wrote it (`retryConfig.maxRetries`,
 * `network.allow[2]`). `rule` says what it should have been. `message` says both, with the kind of the value received
 * instead, never its content: the content may be a secret.
 */
export interface InvalidInput {
  readonly type: "InvalidInput";
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

export function invalidInput(field: string, rule: string, received: unknown): InvalidInput {
  return { type: "InvalidInput", field, rule, message: `${field} ${rule}; received ${kindOf(received)}` };
}

/** Shows numbers and booleans by value, everything else by its kind only. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value === undefined) return "nothing";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return `${value}`;
  if (typeof value === "string") return value === "" ? "an empty string" : `a string of ${value.length} characters`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
