/**
 * Returns the value that JSON.stringify would write in place of `value` under `key`: it calls `toJSON`, then unwraps a
 * boxed primitive (ECMA-262, SerializeJSONProperty).
 *
 * @throws whatever a `toJSON`, a getter, a conversion or a proxy throws.
 */
export function jsonValueOf(value: unknown, key: string): unknown {
  if (!mayHaveToJson(value)) return value;
  const { toJSON } = value;
  const replaced: unknown = typeof toJSON === "function" ? Reflect.apply(toJSON, value, [key]) : value;
  if (replaced instanceof Number) return Number(replaced);
  if (replaced instanceof String) return String(replaced);
  if (replaced instanceof Boolean) return Boolean.prototype.valueOf.call(replaced);
  return replaced;
}

function mayHaveToJson(value: unknown): value is { readonly toJSON?: unknown } {
  const kind = typeof value;
  return (kind === "object" && value !== null) || kind === "function" || kind === "bigint";
}

/**
 * Objects that JSON.stringify silently writes as `{}`, or as an index of their bytes. They are recognised by their tag
 * and not by `instanceof`, so that those of another realm are found as well.
 */
const DISTORTED = new Set([
  "ArrayBuffer",
  "SharedArrayBuffer",
  "Map",
  "Set",
  "WeakMap",
  "WeakSet",
  "WeakRef",
  "Promise",
  "RegExp",
  "Error",
  "Number",
  "String",
  "Boolean",
  "Symbol",
  "BigInt",
]);

/**
 * Returns the kind of an object whose content JSON.stringify would silently lose, such as `Map`; undefined if it would
 * keep the content.
 *
 * @throws whatever a proxy or a getter throws.
 */
export function distortedKind(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return undefined;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -"]".length);
  return ArrayBuffer.isView(value) || DISTORTED.has(kind) ? kind : undefined;
}
