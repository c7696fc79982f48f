import { ResultAsync, type Result } from "neverthrow";
import type { StorageAdapter } from "../../src/ports/storage.ts";

export type Outcome = Result<unknown, unknown>;

/** A call of one of a storage's functions that somebody wants to make. */
export interface PortCall {
  /** The port and its function, such as `queue.claim`. */
  readonly name: string;
  /** Its arguments. A function among them is replaced by what it answered, once it has been called. */
  readonly given: readonly unknown[];
  make(): Promise<Outcome>;
}

export type Around = (call: PortCall) => Promise<Outcome>;

/** The same storage, with `around` in the way of every call of every port. */
export function aroundCalls(adapter: StorageAdapter, around: Around): StorageAdapter {
  return { ...adapter, open: () => adapter.open().map((storage) => aroundMembers(storage, [], around)) };
}

function aroundMembers<Part extends object>(part: Part, path: readonly string[], around: Around): Part {
  return new Proxy(part, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key);
      const at = [...path, String(key)];
      const name = at.join(".");
      // `listen` returns nothing that could be held up.
      if (name === "listen") return member;
      if (typeof member === "function") {
        return (...args: readonly unknown[]) => {
          const given = [...args];
          const passed = args.map((arg, index) =>
            typeof arg === "function"
              ? (...told: readonly unknown[]) => (given[index] = Reflect.apply(arg, undefined, told) as unknown)
              : arg,
          );
          const make = () => outcomeOf(name, Reflect.apply(member, target, passed));
          return new ResultAsync(around({ name, given, make }));
        };
      }
      return typeof member === "object" && member !== null ? aroundMembers(member, at, around) : member;
    },
  });
}

async function outcomeOf(name: string, answer: unknown): Promise<Outcome> {
  if (answer instanceof ResultAsync) return answer;
  throw new Error(`${name} does not answer with a ResultAsync, so nobody can get in the way of it`);
}
