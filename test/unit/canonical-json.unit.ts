import { describe, expect, it } from "vitest";
import { canonicalJson, MAX_JSON_NESTING } from "../../src/domain/message/canonical-json.ts";
import { sortKeys } from "../../src/domain/message/canonical-string.ts";
import vectors from "../vectors/canonical-json.json" with { type: "json" };

const canonical = (value: unknown): string => canonicalJson(value)._unsafeUnwrap();
const refused = (value: unknown): string => canonicalJson(value)._unsafeUnwrapErr().message;

function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

function nestedArrays(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
}

describe("canonical JSON is Python's sort_keys form, as recorded from Python", () => {
  it.each(Object.entries(vectors))("for %s", (_, group) => {
    expect(group.length).toBeGreaterThan(60);
    for (const { text, canonical: recorded } of group) {
      expect(canonical(JSON.parse(text)), text).toBe(recorded);
    }
  });

  it("for numbers that are spelled as JSON.stringify spells them", () => {
    for (const { text } of vectors.numbers) expect(JSON.stringify(JSON.parse(text))).toBe(text);
  });
});

describe("a number", () => {
  it.each([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [1.5, "1.5"],
    [0.001, "0.001"],
    [0.0001, "0.0001"],
    [-0.0001, "-0.0001"],
    [0.00009999999999999999, "9.999999999999999e-05"],
    [0.00001, "1e-05"],
    [-0.0000125, "-1.25e-05"],
    [1e-7, "1e-07"],
    [1.5e-9, "1.5e-09"],
    [1e-10, "1e-10"],
    [5e-324, "5e-324"],
    [4503599627370495.5, "4503599627370495.5"],
    [1e15, "1000000000000000"],
    [1e16, "10000000000000000"],
    [123456789012345680000, "123456789012345680000"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
  ])("%d is spelled %s", (value, spelling) => {
    expect(canonical(value)).toBe(spelling);
  });
});

describe("a string", () => {
  it.each([
    ["", '""'],
    ["plain ~!#[]/", '"plain ~!#[]/"'],
    ['"', '"\\""'],
    ["\\", '"\\\\"'],
    ["\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'],
    ["\0\v\x1f", '"\\u0000\\u000b\\u001f"'],
    ["\x7f", '"\\u007f"'],
    ["\x80é\u2028", '"\\u0080\\u00e9\\u2028"'],
    ["\uFFFF", '"\\uffff"'],
    ["\u{1F600}", '"\\ud83d\\ude00"'],
    ["\uD800", '"\\ud800"'],
    ["\uDFFFa", '"\\udfffa"'],
  ])("%j is escaped as Python escapes it", (value, spelling) => {
    expect(canonical(value)).toBe(spelling);
  });
});

describe("keys", () => {
  it("are sorted as strings, although JavaScript keeps whole numbers first", () => {
    expect(canonical({ b: 1, a: 2, B: 3, 10: 4, 9: 5 })).toBe('{"10":4,"9":5,"B":3,"a":2,"b":1}');
  });

  it("are sorted by code point, even if their UTF-16 units would sort otherwise", () => {
    expect(canonical({ "\u{1F600}": 1, "\uE000": 2 })).toBe('{"\\ue000":2,"\\ud83d\\ude00":1}');
  });

  it("with lone surrogates are sorted by the surrogate's own code point", () => {
    const keys = ["\u{10000}", "\uE000", "\uDC00", "\uD83D\uE000", "\uD83D", "\uD7FF"];
    expect(sortKeys(keys)).toStrictEqual(["\uD7FF", "\uD83D", "\uD83D\uE000", "\uDC00", "\uE000", "\u{10000}"]);
  });

  it("that share a prefix are sorted by what follows it, the shorter key first", () => {
    const keys = ["\u{1F600}b", "a\u{1F600}", "\u{1F600}\uFFFF", "\u{1F600}a", "a\uFFFF", "\u{1F600}"];
    expect(sortKeys(keys)).toStrictEqual([
      "a\uFFFF",
      "a\u{1F600}",
      "\u{1F600}",
      "\u{1F600}a",
      "\u{1F600}b",
      "\u{1F600}\uFFFF",
    ]);
  });

  it("that hold nothing but surrogates are sorted by code point too", () => {
    expect(sortKeys(["\u{1F600}", "\uDC00"])).toStrictEqual(["\uDC00", "\u{1F600}"]);
  });

  it("come before longer keys that begin with them, even if the lowest character follows", () => {
    const keys = ["\uD800\0", "\uD800", "\uD800\u0001"];
    expect(sortKeys(keys)).toStrictEqual(["\uD800", "\uD800\0", "\uD800\u0001"]);
  });

  it("that are equal stay side by side", () => {
    expect(sortKeys(["\uD800", "a", "\uD800"])).toStrictEqual(["a", "\uD800", "\uD800"]);
  });

  it("are escaped as strings are", () => {
    expect(canonical({ 'é"': 1 })).toBe('{"\\u00e9\\"":1}');
  });

  it("may be __proto__, if it is an own property", () => {
    expect(canonical(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe('{"__proto__":{"a":1},"b":2}');
  });

  it("are the own enumerable strings only", () => {
    const value: object = Object.create(
      { inherited: 1 },
      {
        shown: { value: 2, enumerable: true },
        hidden: { value: 3, enumerable: false },
        [Symbol("s")]: { value: 4, enumerable: true },
      },
    );
    expect(canonical(value)).toBe('{"shown":2}');
  });
});

describe("as JSON.stringify does, canonical JSON", () => {
  it("writes literals, arrays and objects", () => {
    expect(canonical([null, true, false, [], {}, [1, 2], { a: [{}], b: "" }])).toBe(
      '[null,true,false,[],{},[1,2],{"a":[{}],"b":""}]',
    );
  });

  it("leaves out a property whose value is undefined", () => {
    expect(canonical({ a: undefined, b: 1, c: undefined, d: 2 })).toBe('{"b":1,"d":2}');
    expect(canonical({ a: undefined })).toBe("{}");
  });

  it("leaves out a property whose toJSON gives undefined", () => {
    expect(canonical({ a: { toJSON: () => undefined } })).toBe("{}");
  });

  it("gives toJSON its key: the empty string, the index, the name", () => {
    const keyed = { toJSON: (key: unknown) => [typeof key, key] };
    expect(canonical(keyed)).toBe('["string",""]');
    expect(canonical([1, keyed])).toBe('[1,["string","1"]]');
    expect(canonical({ name: keyed })).toBe('{"name":["string","name"]}');
  });

  it("calls toJSON as the value's own method, and only once", () => {
    const value = {
      id: 7,
      toJSON() {
        return { id: this.id, again: { toJSON: "not a function" } };
      },
    };
    expect(canonical(value)).toBe('{"again":{"toJSON":"not a function"},"id":7}');
    const inner = { toJSON: () => "inner" };
    expect(refused({ toJSON: () => Object.assign(() => 1, inner) })).toContain("a function");
  });

  it("calls toJSON of a Map, a function and a bigint", () => {
    const map = Object.assign(new Map([["a", 1]]), { toJSON: () => "map" });
    const callable = Object.assign(() => 0, { toJSON: () => "function" });
    expect(canonical([map, callable])).toBe('["map","function"]');
    Reflect.set(BigInt.prototype, "toJSON", function (this: bigint) {
      return String(this);
    });
    try {
      expect(canonical([12n])).toBe('["12"]');
    } finally {
      Reflect.deleteProperty(BigInt.prototype, "toJSON");
    }
  });

  it("never calls toJSON of a string, a number or a boolean", () => {
    const prototypes = [String.prototype, Number.prototype, Boolean.prototype];
    for (const prototype of prototypes) Reflect.set(prototype, "toJSON", () => "asked");
    try {
      expect(canonical(["a", 1, true])).toBe('["a",1,true]');
    } finally {
      for (const prototype of prototypes) Reflect.deleteProperty(prototype, "toJSON");
    }
  });

  it("writes a date as its ISO text, and an invalid date as null", () => {
    expect(canonical(new Date(0))).toBe('"1970-01-01T00:00:00.000Z"');
    expect(canonical(new Date(Number.NaN))).toBe("null");
  });

  it("unwraps boxed primitives", () => {
    const boxed = [Object(1.5), Object("é"), Object(true), Object(false)];
    expect(canonical(boxed)).toBe('[1.5,"\\u00e9",true,false]');
    expect(canonical({ toJSON: () => Object("boxed") })).toBe('"boxed"');
  });

  it("writes class instances, and objects without a prototype, by their own properties", () => {
    class Point {
      x = 1;
      y = 2;
    }
    expect(canonical(new Point())).toBe('{"x":1,"y":2}');
    expect(canonical(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  it("writes a plain object as one, whatever its Symbol.toStringTag says", () => {
    const named = { [Symbol.toStringTag]: "Map", a: 1 };
    expect(canonical(named)).toBe('{"a":1}');
    expect(canonical(Object.assign(Object.create(null), named))).toBe('{"a":1}');
  });

  it("writes a value each time that it occurs, if there is no cycle", () => {
    const shared = { a: 1 };
    expect(canonical([shared, shared, { shared }])).toBe('[{"a":1},{"a":1},{"shared":{"a":1}}]');
  });
});

describe("a value that has no JSON form is refused, with its path", () => {
  it("and a reason, and a message that says both", () => {
    const value = { snapshot: { tags: [1, 2, 3, Number.NaN] } };
    expect(canonicalJson(value)._unsafeUnwrapErr()).toStrictEqual({
      type: "NotJson",
      path: "$.snapshot.tags[3]",
      reason: "the number NaN has no JSON form",
      message: "$.snapshot.tags[3] is not JSON: the number NaN has no JSON form",
    });
  });

  it.each([
    [Number.NaN, "the number NaN has no JSON form"],
    [Number.POSITIVE_INFINITY, "the number Infinity has no JSON form"],
    [Number.NEGATIVE_INFINITY, "the number -Infinity has no JSON form"],
    [Object(Number.NaN), "the number NaN has no JSON form"],
    [undefined, "undefined has no JSON form"],
    [1n, "a bigint has no JSON form"],
    [() => 1, "a function has no JSON form"],
    [Symbol("s"), "a symbol has no JSON form"],
    [new Map([["a", 1]]), "Map objects have no JSON form"],
    [new Set([1]), "Set objects have no JSON form"],
    [new WeakMap(), "WeakMap objects have no JSON form"],
    [new WeakSet(), "WeakSet objects have no JSON form"],
    [new WeakRef({}), "WeakRef objects have no JSON form"],
    [Promise.resolve(1), "Promise objects have no JSON form"],
    [/x/, "RegExp objects have no JSON form"],
    [new TypeError("x"), "Error objects have no JSON form"],
    [new ArrayBuffer(1), "ArrayBuffer objects have no JSON form"],
    [new SharedArrayBuffer(1), "SharedArrayBuffer objects have no JSON form"],
    [new DataView(new ArrayBuffer(1)), "DataView objects have no JSON form"],
    [new Uint8Array([1]), "Uint8Array objects have no JSON form"],
    [new Float64Array([1]), "Float64Array objects have no JSON form"],
    [Object(1n), "BigInt objects have no JSON form"],
    [Object(Symbol("s")), "Symbol objects have no JSON form"],
  ])("%s: %s", (value, reason) => {
    expect(refused(value)).toBe(`$ is not JSON: ${reason}`);
    expect(refused([0, value])).toBe(`$[1] is not JSON: ${reason}`);
    if (value !== undefined) expect(refused({ a: value })).toBe(`$.a is not JSON: ${reason}`);
  });

  it.each(["Number", "String", "Boolean"])("an impostor of a boxed %s", (tag) => {
    const impostor: unknown = Object.create({ [Symbol.toStringTag]: tag });
    expect(refused(impostor)).toBe(`$ is not JSON: ${tag} objects have no JSON form`);
  });

  it("an object that only inherits from a boxed primitive", () => {
    expect(refused({ a: Object.create(Boolean.prototype) })).toMatch(
      /^\$\.a is not JSON: reading it threw TypeError: /,
    );
  });

  it("a hole in an array", () => {
    const holed = [1, 2, 3];
    Reflect.deleteProperty(holed, "1");
    expect(refused(holed)).toBe("$[1] is not JSON: undefined has no JSON form");
  });

  it("a toJSON that returns what is refused", () => {
    expect(refused([{ toJSON: () => undefined }])).toBe("$[0] is not JSON: undefined has no JSON form");
    expect(refused({ a: { toJSON: () => new Map() } })).toBe("$.a is not JSON: Map objects have no JSON form");
  });

  it("a cycle, and the reason says where it leads back to", () => {
    const root: Record<string, unknown> = { first: 1 };
    const list: unknown[] = [root];
    root["a"] = { list };
    expect(refused(root)).toBe("$.a.list[0] is not JSON: it refers back to the value at $, which makes a cycle");
    list[0] = list;
    expect(refused(root)).toBe("$.a.list[0] is not JSON: it refers back to the value at $.a.list, which makes a cycle");
  });

  it("a value after deep ones that are fine", () => {
    expect(refused({ a: { b: [[1]] }, c: [[], {}, 1n] })).toBe("$.c[2] is not JSON: a bigint has no JSON form");
  });

  it("a value under a key that is no identifier: the path quotes the key", () => {
    expect(refused({ "odd key": 1n })).toBe('$["odd key"] is not JSON: a bigint has no JSON form');
    expect(refused({ "": [1n] })).toBe('$[""][0] is not JSON: a bigint has no JSON form');
    expect(refused({ 'é"': 1n })).toBe('$["\\u00e9\\""] is not JSON: a bigint has no JSON form');
    expect(refused({ "1a": 1n })).toBe('$["1a"] is not JSON: a bigint has no JSON form');
    expect(refused({ "a-b": 1n })).toBe('$["a-b"] is not JSON: a bigint has no JSON form');
    expect(refused({ $_a1Z: { Zz: 1n } })).toBe("$.$_a1Z.Zz is not JSON: a bigint has no JSON form");
  });
});

describe("nesting", () => {
  it("may be 512 deep", () => {
    expect(MAX_JSON_NESTING).toBe(512);
    expect(canonical(nestedArrays(512))).toBe("[".repeat(512) + "]".repeat(512));
  });

  it("may be 512 deep in two places side by side", () => {
    const deep = nestedArrays(511);
    expect(canonical([deep, deep])).toHaveLength(2 * 1022 + 3);
  });

  it("is refused at 513, and at 200,000 without overflowing the stack", () => {
    const refusal = canonicalJson(nestedArrays(513))._unsafeUnwrapErr();
    expect(refusal.path).toBe(`$${"[0]".repeat(512)}`);
    expect(refusal.reason).toBe("arrays and objects are nested more than 512 deep");
    expect(canonicalJson(nestedArrays(200_000))._unsafeUnwrapErr()).toStrictEqual(refusal);
  });

  it("is refused if toJSON goes on for ever", () => {
    const endless = (): unknown => ({ next: { toJSON: endless } });
    expect(canonicalJson(endless())._unsafeUnwrapErr().reason).toBe("arrays and objects are nested more than 512 deep");
  });
});

describe("a value that throws when it is read is refused, with its path", () => {
  it("a toJSON", () => {
    const value = { toJSON: throwing(new TypeError("boom")) };
    const reason = "is not JSON: reading it threw TypeError: boom";
    expect(refused(value)).toBe(`$ ${reason}`);
    expect(refused([[], value])).toBe(`$[1] ${reason}`);
  });

  it("a getter of a property, of toJSON or of the tag", () => {
    const bad = (key: PropertyKey): unknown =>
      Object.defineProperty(Object.create({}), key, { get: throwing("plain"), enumerable: true });
    expect(refused({ a: {}, b: bad("c") })).toBe("$.b.c is not JSON: reading it threw plain");
    expect(refused({ a: bad("toJSON") })).toBe("$.a is not JSON: reading it threw plain");
    expect(refused([bad(Symbol.toStringTag)])).toBe("$[0] is not JSON: reading it threw plain");
  });

  it("a proxy, whichever trap throws", () => {
    for (const trap of ["get", "getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor"] as const) {
      const proxy = new Proxy({ x: 1 }, { [trap]: throwing(new RangeError(trap)) });
      expect(refused({ a: proxy })).toBe(`$.a is not JSON: reading it threw RangeError: ${trap}`);
    }
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(refused({ a: [proxy] })).toMatch(/^\$\.a\[0\] is not JSON: reading it threw TypeError: /);
  });

  it("a proxy that hides its array's length", () => {
    const proxy = new Proxy([1], {
      get: (target, key): unknown => (key === "length" ? throwing("length")() : Reflect.get(target, key)),
    });
    expect(refused({ a: proxy })).toBe("$.a is not JSON: reading it threw length");
  });

  it("a boxed primitive that cannot be converted", () => {
    const boxed: object = Object("text");
    Reflect.set(boxed, "toString", throwing(new Error("no")));
    expect(refused([boxed])).toBe("$[0] is not JSON: reading it threw Error: no");
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [7n, "7"],
    [Object.create(null), "a value that cannot be described"],
    [new Proxy({}, { getPrototypeOf: throwing("x") }), "a value that cannot be described"],
  ])("a toJSON, whatever it throws", (thrown, description) => {
    expect(refused({ toJSON: throwing(thrown) })).toBe(`$ is not JSON: reading it threw ${description}`);
  });
});
