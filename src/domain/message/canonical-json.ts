import { err, ok, type Result } from "neverthrow";
import { canonicalNumber } from "./canonical-number.ts";
import { canonicalString, sortKeys } from "./canonical-string.ts";
import { distortedKind, jsonValueOf } from "./json-value.ts";
import { describeThrown, formatPath, notJson, type NotJson, type PathSegment } from "./not-json.ts";

/**
 * How many arrays and objects may be nested. Python's reader gives up near 1000 and many others earlier; 512 stays
 * clear of them and of our own stack.
 */
export const MAX_JSON_NESTING = 512;

/**
 * Returns one string for one JSON value: the bytes that are signed and sent.
 *
 * The string is byte for byte what Python's `json.dumps(value, sort_keys=True, separators=(",", ":"))` gives for the
 * value that Python reads from `JSON.stringify(value)` (kemi's `sign_payload`): pure ASCII, keys sorted by code
 * point, numbers in Python's spelling. `toJSON` is honoured, boxed primitives are unwrapped, and a property whose value
 * is undefined is left out.
 *
 * Never throws. Fails with {@link NotJson} if JSON.stringify would lose something or throw: NaN and the infinities,
 * bigint, functions, symbols, undefined at the root or in an array (holes included), cycles, a Map, a typed array and
 * the like, more than {@link MAX_JSON_NESTING} levels, and anything that throws while it is read.
 */
export function canonicalJson(value: unknown): Result<string, NotJson> {
  const walk: Walk = { ancestors: [], path: [], reason: "" };
  try {
    const text = write(walk, jsonValueOf(value, ""));
    if (text !== undefined) return ok(text);
  } catch (thrown) {
    walk.reason = `reading it threw ${describeThrown(thrown)}`;
  }
  return err(notJson(walk.path.slice(0, walk.ancestors.length), walk.reason));
}

/**
 * Where the walk stands: the containers that are open, and for each the key being written. Keys are overwritten, not
 * pushed and popped for each value: `path` is valid for as many segments as there are ancestors. A refusal leaves both
 * unchanged, so they name its place.
 */
interface Walk {
  readonly ancestors: object[];
  readonly path: PathSegment[];
  reason: string;
}

/** Returns the text of a value, or undefined if the value, or something in it, was refused. */
function write(walk: Walk, value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return canonicalString(value);
    case "number":
      if (!Number.isFinite(value)) return refuse(walk, `the number ${value} has no JSON form`);
      return canonicalNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : writeContainer(walk, value);
    case "undefined":
      return refuse(walk, "undefined has no JSON form");
    case "bigint":
    case "function":
    case "symbol":
      return refuse(walk, `a ${typeof value} has no JSON form`);
  }
}

function writeContainer(walk: Walk, value: object): string | undefined {
  const { ancestors, path } = walk;
  const depth = ancestors.length;
  const ancestor = ancestors.indexOf(value);
  if (ancestor >= 0) {
    return refuse(walk, `it refers back to the value at ${formatPath(path.slice(0, ancestor))}, which makes a cycle`);
  }
  if (depth === MAX_JSON_NESTING) {
    return refuse(walk, `arrays and objects are nested more than ${MAX_JSON_NESTING} deep`);
  }
  const text = Array.isArray(value) ? writeArray(walk, value, depth) : writeObject(walk, value, depth);
  if (text !== undefined) ancestors.pop();
  return text;
}

function writeArray(walk: Walk, values: readonly unknown[], depth: number): string | undefined {
  const { length } = values;
  walk.ancestors.push(values);
  let text = "[";
  for (let index = 0; index < length; index += 1) {
    walk.path[depth] = index;
    const item = write(walk, jsonValueOf(values[index], String(index)));
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(walk: Walk, value: object, depth: number): string | undefined {
  const kind = distortedKind(value);
  if (kind !== undefined) return refuse(walk, `${kind} objects have no JSON form`);
  const keys = sortKeys(Object.keys(value));
  walk.ancestors.push(value);
  let text = "";
  for (const key of keys) {
    walk.path[depth] = key;
    const property = jsonValueOf(Reflect.get(value, key), key);
    if (property === undefined) continue;
    const item = write(walk, property);
    if (item === undefined) return undefined;
    text += `${text === "" ? "" : ","}${canonicalString(key)}:${item}`;
  }
  return `{${text}}`;
}

function refuse(walk: Walk, reason: string): undefined {
  walk.reason = reason;
}
