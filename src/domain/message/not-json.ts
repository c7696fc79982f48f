import { canonicalString } from "./canonical-string.ts";

/**
 * A value that has no JSON form.
 *
 * `path` says where the value is, from the root `$`: `$.snapshot.tags[3]`, `$["odd key"]`. It is pure ASCII. `reason`
 * says what is wrong with the value; `message` says both in one sentence.
 */
export interface NotJson {
  readonly type: "NotJson";
  readonly path: string;
  readonly reason: string;
  readonly message: string;
}

export type PathSegment = string | number;

export function notJson(segments: readonly PathSegment[], reason: string): NotJson {
  const path = formatPath(segments);
  return { type: "NotJson", path, reason, message: `${path} is not JSON: ${reason}` };
}

/** Formats `["snapshot", "tags", 3]` as `$.snapshot.tags[3]`; a key that is not an identifier is quoted. */
export function formatPath(segments: readonly PathSegment[]): string {
  return `$${segments.map(formatSegment).join("")}`;
}

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

function formatSegment(segment: PathSegment): string {
  if (typeof segment === "number") return `[${segment}]`;
  return IDENTIFIER.test(segment) ? `.${segment}` : `[${canonicalString(segment)}]`;
}

/** Describes whatever was thrown, which need not be an Error and may itself throw when looked at. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return "a value that cannot be described";
  }
}
