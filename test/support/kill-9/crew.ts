import type { Random } from "../../../src/ports/random.ts";
import { startChild, type Child } from "../child.ts";

type Post = "publisher" | `worker ${number}`;

/** One publisher and some workers over one database, each in a process of its own. */
export interface Crew {
  readonly posts: readonly Post[];
  publish(keys: readonly string[]): void;
  /** The outcome of `awaited`; rejects if a process ends by itself before. */
  during<T>(awaited: Promise<T>): Promise<T>;
  kill(victims: readonly Post[]): Promise<void>;
  /** Starts a new process in the place of each that was killed. */
  replace(victims: readonly Post[]): void;
  killAll(): Promise<void>;
}

/** @param onAcknowledged - gets the key and the id of each message that the publisher reports as acknowledged */
export function startCrew(path: string, onAcknowledged: (key: string, messageId: string) => void, workers = 2): Crew {
  const posts: readonly Post[] = [
    "publisher",
    ...Array.from({ length: workers }, (_, n) => `worker ${n + 1}` as const),
  ];
  const crew = new Map<Post, Child>();

  function start(post: Post): void {
    if (post !== "publisher") return void crew.set(post, startChild(new URL("worker.ts", import.meta.url), [path]));
    const publisher = startChild(new URL("publisher.ts", import.meta.url), [path], (line) => {
      const [key = "", messageId = ""] = line.split(" ");
      onAcknowledged(key, messageId);
    });
    crew.set(post, publisher);
  }

  async function kill(victims: readonly Post[]): Promise<void> {
    await Promise.all(victims.map(async (victim) => crew.get(victim)?.kill()));
  }

  for (const post of posts) start(post);
  return {
    posts,
    publish(keys) {
      for (const key of keys) crew.get("publisher")?.say(key);
    },
    during: (awaited) => Promise.race([awaited, ...[...crew.values()].map(({ survives }) => survives)]),
    kill,
    replace(victims) {
      for (const victim of victims) start(victim);
    },
    killAll: () => kill(posts),
  };
}

/** A random choice of at least one. */
export function chooseVictims(random: Random, posts: readonly Post[]): readonly Post[] {
  const victims = posts.filter(() => random.fraction() < 0.5);
  return victims.length > 0 ? victims : chooseVictims(random, posts);
}
