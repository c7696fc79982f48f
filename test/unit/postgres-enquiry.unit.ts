import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import { createEnquiry } from "../../src/adapters/postgres/enquiry.ts";
import { tablesIn } from "../../src/adapters/postgres/tables.ts";
import type { ExpectedVersion } from "../../src/ports/commit.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";

/** A server that answers each question with the next of these; "away" breaks the connection. */
function enquiryOf(...answers: ("away" | readonly object[])[]) {
  let asked = 0;
  const run: Connection["run"] = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? "away";
    asked += 1;
    if (answer === "away") throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    return JSON.parse(JSON.stringify(answer));
  };
  return createEnquiry({ lend: (work) => work({ run }) }, tablesIn("hookledger"), 300);
}

const published = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);

describe("asking what has become of a commit", () => {
  it("goes on until the server is back and knows", async () => {
    const status = (text: string) => [{ status: text }];
    expect(
      (await enquiryOf("away", status("in progress"), status("committed")).wasCommitted("7"))._unsafeUnwrap(),
    ).toBe(true);
    expect((await enquiryOf(status("aborted")).wasCommitted("7"))._unsafeUnwrap()).toBe(false);
    expect((await enquiryOf("away", [{ version: 1 }]).appendedBy(published))._unsafeUnwrap()).toEqual([
      { streamId: deliveryStream("a"), version: 1 },
    ]);
    expect((await enquiryOf([]).appendedBy(published))._unsafeUnwrap()).toBeNull();
  });

  it("lists the streams without events too, in their places and at their versions", async () => {
    const asItIs = (id: string, expectedVersion: ExpectedVersion) => ({
      ...{ streamId: deliveryStream(id), expectedVersion, events: [] },
    });
    const streams = [asItIs("b", 3), ...published.streams, asItIs("c", "no-stream")];
    const expected = [
      { streamId: deliveryStream("b"), version: 3 },
      { streamId: deliveryStream("a"), version: 1 },
      { streamId: deliveryStream("c"), version: 0 },
    ];
    const known = await enquiryOf([{ version: 1 }]).appendedBy({ ...published, streams });
    expect(known._unsafeUnwrap()).toEqual(expected);
    const others = [...streams, asItIs("d", "stream-exists"), asItIs("e", "any")];
    const asked = await enquiryOf([{ version: 1 }], [{ version: 7 }], []).appendedBy({ ...published, streams: others });
    expect(asked._unsafeUnwrap()).toEqual([
      ...expected,
      { streamId: deliveryStream("d"), version: 7 },
      { streamId: deliveryStream("e"), version: 0 },
    ]);
  });

  it("learns nothing from streams without events, which are the same whatever has become of it", async () => {
    const streams = [{ streamId: deliveryStream("a"), expectedVersion: 1, events: [] }];
    expect((await enquiryOf([{ version: 1 }]).appendedBy({ ...published, streams }))._unsafeUnwrap()).toBeNull();
    const unseen = { ...published, streams: [...streams, ...published.streams] };
    expect((await enquiryOf([]).appendedBy(unseen))._unsafeUnwrap()).toBeNull();
  });

  it("goes on once more after the last pause", async () => {
    const server = enquiryOf("away", "away", "away", [{ status: "committed" }]);
    expect((await server.wasCommitted("7"))._unsafeUnwrap()).toBe(true);
  });

  it("ends in doubt if the server stays away, and the error is not retryable", async () => {
    const inDoubt = { type: "StorageError", reason: "in-doubt", retryable: false };
    expect((await enquiryOf("away").wasCommitted("7"))._unsafeUnwrapErr()).toMatchObject(inDoubt);
    expect((await enquiryOf("away").appendedBy(published))._unsafeUnwrapErr()).toMatchObject(inDoubt);
  });
});
