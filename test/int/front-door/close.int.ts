import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { openHookledger } from "../../../src/index.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, pass, publish, register } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("closing, on $name", ({ create }) => {
  it("lets nothing begin afterwards, and may be done a second time", async () => {
    const hooks = await openHooks({ storage: create(), clock: createFakeClock() });
    const worker = hooks.worker();
    await value(hooks.close());
    const closed = { type: "StorageError", reason: "closed" };
    expect(await failure(worker.start())).toMatchObject(closed);
    expect(await failure(hooks.ledger.follow({ name: "f", onEvents: () => undefined }))).toMatchObject(closed);
    await value(hooks.close());
  });

  it("closes everything even if a part of it fails, and answers what failed", async () => {
    const closed: string[] = [];
    const storage = wrapStorage(create(), (opened) => ({
      queue: { ...opened.queue, release: () => errAsync(storageError("disconnected", "the server is away")) },
      close: () => opened.close().andTee(() => void closed.push("storage")),
    }));
    const http = scriptedHttpClient(() => new Promise<never>(() => undefined));
    const opening: typeof http = {
      ...http,
      open: (context) => {
        const client = http.open(context);
        const close = async () => {
          closed.push("http");
          await client.close();
        };
        return { ...client, close };
      },
    };
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await value(openHookledger({ storage, http: opening, clock, network: { allow: ["127.0.0.0/8"] } }));
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    expect(await failure(hooks.close())).toMatchObject({ type: "StorageError", reason: "disconnected" });
    expect(closed).toEqual(["http", "storage"]);
  });

  it("gives back what an exchange was broken off for, even if the storage did not release it at the deadline", async () => {
    let refused = 0;
    const storage = create();
    const refusing = wrapStorage(storage, ({ queue }) => ({
      queue: {
        ...queue,
        release(...lease) {
          refused += 1;
          return refused === 1 ? errAsync(storageError("locked", "refused for the test")) : queue.release(...lease);
        },
      },
    }));
    const http = scriptedHttpClient(() => new Promise<never>(() => undefined));
    const clock = createFakeClock();
    const network = { allow: ["127.0.0.0/8"] };
    const hooks = await value(openHookledger({ storage: refusing, http, clock, network }));
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const closing = hooks.close();
    await pass(clock, 15_000);
    expect(await failure(closing)).toMatchObject({ type: "StorageError", reason: "locked" });
    const { queue, close } = await value(storage.open());
    expect(await value(queue.nextDueAt())).toBeLessThanOrEqual(clock.now());
    await value(close());
  });

  it.each([{ subject: "u-1" }, { all: true }] as const)(
    "fails an erasure of %j that it breaks off, instead of saying that it was done",
    async (erasure) => {
      let close = (): unknown => undefined;
      const storage = wrapStorage(create(), (opened) => ({
        messages: {
          ...opened.messages,
          aboutSubject: (filter) => {
            const page = opened.messages.aboutSubject({ ...filter, limit: Math.min(filter.limit, 2) });
            return page.andTee(() => void close());
          },
          list: (after, limit) => opened.messages.list(after, Math.min(limit, 2)).andTee(() => void close()),
        },
      }));
      const hooks = await openHooks({ storage, clock: createFakeClock({ autoAdvance: true }) });
      for (let n = 0; n < 5; n += 1) await value(hooks.publish({ event, payload: { n }, subject: "u-1" }));
      close = () => hooks.close();
      const error = await failure(hooks.messages.erase(erasure));
      expect(error).toMatchObject({ type: "StorageError", reason: "closed" });
      expect(error.message).toContain("erased");
    },
  );

  it("closes everything even if the application's HTTP client rejects", async () => {
    const closed: string[] = [];
    const storage = wrapStorage(create(), ({ checkpoints, ...opened }) => ({
      checkpoints: {
        ...checkpoints,
        release: (...who) => checkpoints.release(...who).andTee(() => void closed.push("follower")),
      },
      close: () => opened.close().andTee(() => void closed.push("storage")),
    }));
    const http = scriptedHttpClient();
    const broken: typeof http = {
      ...http,
      open: (context) => ({ ...http.open(context), close: () => Promise.reject(new Error("a bug")) }),
    };
    const clock = createFakeClock();
    const hooks = (await openHookledger({ storage, http: broken, clock }))._unsafeUnwrap();
    await value(hooks.ledger.follow({ name: "f", onEvents: () => undefined }));
    expect(await failure(hooks.close())).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(closed).toEqual(["follower", "storage"]);
  });

  it("closes the storage again if the HTTP client cannot be opened, which is InvalidInput", async () => {
    const closed: string[] = [];
    const storage = wrapStorage(create(), (opened) => ({
      close: () => opened.close().andTee(() => void closed.push("storage")),
    }));
    const broken = {
      name: "broken",
      open: () => {
        throw new Error("a bug");
      },
    };
    const error = await failure(openHookledger({ storage, http: broken }));
    expect(error).toMatchObject({ type: "InvalidInput", field: "http" });
    expect(closed).toEqual(["storage"]);
  });
});
