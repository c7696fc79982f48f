import { describe, expect, it } from "vitest";
import type { Result } from "neverthrow";
import type { InvalidInput } from "../../src/domain/invalid-input.ts";
import {
  checkHeaders,
  checkId,
  checkName,
  checkOverlap,
  checkSecret,
  checkTenantId,
  checkUrl,
  matchesEvent,
  webhookNotFound,
} from "../../src/domain/webhook/index.ts";

function refusal(result: Result<unknown, InvalidInput>): InvalidInput {
  return result._unsafeUnwrapErr();
}

function invalid(field: string, rule: string, received: string): InvalidInput {
  return { type: "InvalidInput", field, rule, message: `${field} ${rule}; received ${received}` };
}

describe("a webhook's URL", () => {
  it.each(["https://a.example/hooks", "http://a.example", "HTTPS://A.example:8443/x?y=1#z", "http://[::1]:80/"])(
    "may be %s",
    (url) => expect(checkUrl(url)._unsafeUnwrap()).toEqual(new URL(url)),
  );

  it("must be a string", () => {
    expect(refusal(checkUrl(undefined))).toEqual(invalid("url", "must be a string", "nothing"));
    expect(refusal(checkUrl(new URL("https://a.example/")))).toEqual(invalid("url", "must be a string", "an object"));
  });

  it("is at most 2048 characters long", () => {
    const longest = `https://a.example/${"x".repeat(2048 - 18)}`;
    expect(checkUrl(longest).isOk()).toBe(true);
    expect(refusal(checkUrl(`${longest}x`))).toEqual(
      invalid("url", "must be at most 2048 characters", "a string of 2049 characters"),
    );
  });

  it.each(["", "a.example", "/hooks", "https://", "http://a b/"])("must be absolute, which %j is not", (url) =>
    expect(refusal(checkUrl(url)).rule).toBe("must be an absolute URL, such as https://example.com/hooks"),
  );

  it.each(["\ud800", "\udc00", "\0", "\t", "\n", "\u007f", "\u0085"])(
    "holds no %j, which a parser or a database would change",
    (odd) => {
      const rule = "must be text without control characters or lone surrogates";
      for (const url of [`https://a.example/${odd}hooks`, `${odd}https://a.example/`, `https://a.example/${odd}`])
        expect(refusal(checkUrl(url))).toEqual(invalid("url", rule, `a string of ${url.length} characters`));
    },
  );

  it("may hold any other character, for people to read", () =>
    expect(checkUrl("https://a.example/h\u00f6\u{1f600}k s\ufffd").isOk()).toBe(true));

  it.each(["ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "ws://a.example/"])(
    "must be http or https, which %s is not",
    (url) => expect(refusal(checkUrl(url)).rule).toBe("must begin with https:// or http://"),
  );

  it.each(["https://user:password@a.example/", "https://user@a.example/", "https://:password@a.example/"])(
    "carries no credentials, as %s does, and the refusal does not repeat them",
    (url) => {
      const rule = "must not contain a user name or a password; use headers instead";
      expect(refusal(checkUrl(url))).toEqual(invalid("url", rule, `a string of ${url.length} characters`));
    },
  );
});

describe("ids and tenants", () => {
  const rule = "must be 1 to 200 visible ASCII characters without spaces";

  it.each(["a", "!", "~", "a.b/c:d", "x".repeat(200)])("an id may be %s", (id) =>
    expect(checkId("webhookId", id)._unsafeUnwrap()).toBe(id),
  );

  it.each(["", " ", "a b", "a\n", "\na", "é", "a\u007f", "x".repeat(201)])("an id must not be %j", (id) => {
    const received = id === "" ? "an empty string" : `a string of ${id.length} characters`;
    expect(refusal(checkId("webhookId", id))).toEqual(invalid("webhookId", rule, received));
  });

  it("an id must be a string, and the refusal names it as the caller does", () =>
    expect(refusal(checkId("deliveryId", 7))).toEqual(invalid("deliveryId", rule, "the number 7")));

  const nameRule = (from: number) =>
    `must be text of ${from} to 200 characters, without control characters or lone surrogates`;

  it.each(["a", " ", "order 17", "K\u00f6ln \u{1f600}", "x".repeat(200)])("a name or a tenant may be %j", (name) => {
    expect(checkName("actor", name)._unsafeUnwrap()).toBe(name);
    expect(checkTenantId(name)._unsafeUnwrap()).toBe(name);
  });

  it.each(["a\0", "a\nb", "\u007f", "\u0085", "\ud800", "x".repeat(201)])(
    "a name or a tenant must not be %j",
    (name) => {
      const received = `a string of ${name.length} characters`;
      expect(refusal(checkName("actor", name))).toEqual(invalid("actor", nameRule(1), received));
      expect(refusal(checkTenantId(name))).toEqual(invalid("tenantId", nameRule(0), received));
    },
  );

  it("a tenant may be empty, which means the default tenant, but no other name may", () => {
    expect(checkTenantId("")._unsafeUnwrap()).toBe("");
    expect(refusal(checkName("actor", ""))).toEqual(invalid("actor", nameRule(1), "an empty string"));
    expect(refusal(checkTenantId(null))).toEqual(invalid("tenantId", nameRule(0), "null"));
  });
});

describe("secrets and overlaps", () => {
  it.each(["", "s3cret", "pässword \u{1f600}\n", "a\0b"])("a secret may be %j", (secret) =>
    expect(checkSecret(secret)._unsafeUnwrap()).toBe(secret),
  );

  it.each([
    ["\ud800", "a string of 1 characters"],
    ["a\udc00b", "a string of 3 characters"],
    [7, "the number 7"],
    [undefined, "nothing"],
  ])("a secret must not be %j, and the refusal does not repeat it", (secret, received) =>
    expect(refusal(checkSecret(secret))).toEqual(invalid("secret", "must be text without lone surrogates", received)),
  );

  it.each([0, 0.5, 86_400, 7_776_000])("an overlap may be %d seconds", (overlap) =>
    expect(checkOverlap(overlap)._unsafeUnwrap()).toBe(overlap),
  );

  it.each([
    [-0.001, "the number -0.001"],
    [7_776_000.5, "the number 7776000.5"],
    [Number.NaN, "the number NaN"],
    ["60", "a string of 2 characters"],
    [undefined, "nothing"],
  ])("an overlap must not be %j", (overlap, received) =>
    expect(refusal(checkOverlap(overlap))).toEqual(
      invalid("overlapSeconds", "must be a number of seconds from 0 to 7776000", received),
    ),
  );
});

describe("custom headers", () => {
  it("are kept as they are spelled", () => {
    const headers = { "X-Api-Key": "abc", authorization: "Bearer a\tb ~!", "!#$%&'*+.^_`|~-09": "1" };
    expect(checkHeaders(headers)._unsafeUnwrap()).toEqual(headers);
    expect(checkHeaders({})._unsafeUnwrap()).toEqual({});
  });

  it.each([
    [null, "null"],
    [[["a", "b"]], "an array of 1"],
    ["a: b", "a string of 4 characters"],
    [undefined, "nothing"],
    [new Headers({ authorization: "Bearer t" }), "an object"],
    [new Map([["authorization", "Bearer t"]]), "an object"],
  ])("must be an object, which %j is not", (headers, received) =>
    expect(refusal(checkHeaders(headers))).toEqual(
      invalid("headers", "must be a plain object of names and values", received),
    ),
  );

  it("must not be named __proto__", () => {
    expect(refusal(checkHeaders(JSON.parse('{ "__proto__": "a" }')))).toMatchObject({
      field: 'headers["__proto__"]',
      rule: "must not be used: the name has a special meaning in JavaScript",
    });
  });

  it("are 32 at most", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "1"]));
    expect(checkHeaders(many(32)).isOk()).toBe(true);
    expect(refusal(checkHeaders(many(33)))).toEqual(
      invalid("headers", "must have at most 32 entries", "the number 33"),
    );
  });

  it.each(["", "a b", "a:", "é", "a\n", "\na", "(a)"])("must be named with a token, which %j is not", (name) => {
    const field = `headers[${JSON.stringify(name)}]`;
    const received = name === "" ? "an empty string" : `a string of ${name.length} characters`;
    expect(refusal(checkHeaders({ [name]: "1" }))).toEqual(
      invalid(field, "must be named with letters, digits and any of !#$%&'*+.^_`|~-", received),
    );
  });

  it.each([
    ...["host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive"],
    ...["proxy-connection", "expect", "webhook-id", "webhook-timestamp", "webhook-signature", "Content-Length", "HOST"],
    ...["http2-settings", "HTTP2-Settings", "Proxy-Authorization"],
  ])("must not be %s, which hookledger sets", (name) =>
    expect(refusal(checkHeaders({ [name]: "1" }))).toEqual(
      invalid(`headers[${JSON.stringify(name)}]`, "is set by hookledger itself", "a string of 1 characters"),
    ),
  );

  it("must not have a name that the caller reserves too, whatever its case", () => {
    expect(checkHeaders({ "X-Kemi-Signature": "1" }).isOk()).toBe(true);
    expect(refusal(checkHeaders({ "X-Kemi-Signature": "1" }, "headers", ["x-kemi-signature"]))).toEqual(
      invalid('headers["X-Kemi-Signature"]', "is set by hookledger itself", "a string of 1 characters"),
    );
  });

  it("must not be given twice, whatever their case", () =>
    expect(refusal(checkHeaders({ "x-a": "1", "X-A": "22" }))).toEqual(
      invalid(
        'headers["X-A"]',
        "is given twice: header names are the same if only their case differs",
        "a string of 2 characters",
      ),
    ));

  it.each(["a", "a b", "a\tb", "!~", "a  b"])("may have the value %j", (value) =>
    expect(checkHeaders({ "x-a": value })._unsafeUnwrap()).toEqual({ "x-a": value }),
  );

  it.each([
    ["", "an empty string"],
    [" a", "a string of 2 characters"],
    ["a ", "a string of 2 characters"],
    ["\t", "a string of 1 characters"],
    ["a\r\nb", "a string of 4 characters"],
    ["a\n", "a string of 2 characters"],
    ["\na", "a string of 2 characters"],
    ["\u0000", "a string of 1 characters"],
    ["é", "a string of 1 characters"],
    ["a\u007fb", "a string of 3 characters"],
    [1, "the number 1"],
    [["1"], "an array of 1"],
    [null, "null"],
  ])("must not have the value %j, which the refusal does not repeat", (value, received) =>
    expect(refusal(checkHeaders({ "x-a": value }))).toEqual(
      invalid(
        'headers["x-a"]',
        "must be visible ASCII text, not empty, without line breaks or white space at either end",
        received,
      ),
    ),
  );

  it("are named in a refusal as the caller names them", () =>
    expect(refusal(checkHeaders({ host: "1" }, "http.headers")).field).toBe('http.headers["host"]'));
});

describe("matchesEvent, the seed's matches_event", () => {
  const events = ["memory.updated"];

  it("is true for an active webhook that subscribes to the event", () =>
    expect(matchesEvent({ active: true, events }, "memory.updated")).toBe(true));

  it("is false for a webhook that is not active or does not subscribe", () => {
    expect(matchesEvent({ active: false, events }, "memory.updated")).toBe(false);
    expect(matchesEvent({ active: true, events }, "memory.deleted")).toBe(false);
    expect(matchesEvent({ active: true, events: [] }, "memory.updated")).toBe(false);
  });
});

it("the error for a webhook that is not found names it as it was asked for", () =>
  expect(webhookNotFound('a"b')).toEqual({
    type: "WebhookNotFound",
    webhookId: 'a"b',
    message: 'there is no webhook "a\\"b"',
  }));
