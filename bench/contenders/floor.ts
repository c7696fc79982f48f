import type { Contender, Session } from "../contender.ts";
import { undiciPoster } from "./post.ts";

/** What the HTTP client alone can do: nothing is stored. */
export const floor: Contender = {
  name: "floor: bare POSTs",
  settings: "undici.request, nothing stored",
  store: "none",
  open({ webhooks, concurrency }): Promise<Session> {
    const poster = undiciPoster();
    let queue: { readonly url: string; readonly body: string }[] = [];
    let [next, underWay, delivering] = [0, 0, false];
    let onIdle: () => void = () => undefined;

    function add(payload: object): void {
      const body = JSON.stringify(payload);
      for (const url of webhooks) queue.push({ url, body });
      if (delivering) send();
    }
    function send(): void {
      for (; underWay < concurrency && next < queue.length; next += 1) {
        const message = queue[next];
        if (message === undefined) break;
        underWay += 1;
        void poster.post(message.url, message.body).then(() => {
          underWay -= 1;
          send();
        });
      }
      if (underWay === 0) {
        [queue, next] = [[], 0];
        onIdle();
      }
    }
    return Promise.resolve({
      publish: (payload) => Promise.resolve(add(payload)),
      fill: (payloads) => Promise.resolve(payloads.forEach(add)),
      async drain() {
        delivering = true;
        await new Promise<void>((resolve) => {
          onIdle = resolve;
          send();
        });
        delivering = false;
      },
      start() {
        delivering = true;
        return Promise.resolve(send());
      },
      close: () => poster.close(),
    });
  },
};
