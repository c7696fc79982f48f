import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A proxy between the storage and the server that can lose what they send to each other. */
export interface DeafProxy {
  readonly connectionString: string;
  /**
   * Loses the server's answers from the next commit on, and breaks all connections once the server has committed.
   * Resolves when they are broken.
   */
  loseAnswers(): Promise<void>;
  /** Lets nothing more pass on the present connections, in either direction, and ends none of them. */
  silence(): void;
  /** Ends the next connection as the server would, as soon as it is ready: the client learns both in one packet. */
  endOnceReady(): void;
  close(): void;
}

/** The client's command, and the server's answer to it. */
const COMMIT = Buffer.from("commit\0");
const COMMITTED = Buffer.from("COMMIT\0");

const READY = Buffer.from("Z\0\0\0\u0005I");
const FATAL = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";

function ending(): Buffer {
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(4 + FATAL.length, 1);
  return Buffer.concat([head, Buffer.from(FATAL)]);
}

export async function deafProxy(connectionString: string): Promise<DeafProxy> {
  const { hostname, port } = new URL(connectionString);
  const open = new Set<Socket>();
  const silent = new Set<Socket>();
  let onLost: (() => void) | null = null;
  let isDeaf = false;
  let endsOnceReady = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (asked) => {
      if (silent.has(client)) return;
      if (onLost !== null && asked.includes(COMMIT)) isDeaf = true;
      upstream.write(asked);
    });
    upstream.on("data", (answer) => {
      if (silent.has(upstream)) return;
      if (endsOnceReady && answer.includes(READY)) {
        endsOnceReady = false;
        client.end(Buffer.concat([answer, ending()]));
        return void upstream.destroy();
      }
      if (!isDeaf) return void client.write(answer);
      if (!answer.includes(COMMITTED)) return;
      isDeaf = false;
      for (const socket of open) socket.destroy();
      onLost?.();
      onLost = null;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
  const address = new URL(connectionString);
  address.host = `127.0.0.1:${bound.port}`;
  return {
    connectionString: address.href,
    loseAnswers: () => new Promise((resolve) => (onLost = resolve)),
    silence() {
      for (const socket of open) silent.add(socket);
    },
    endOnceReady: () => void (endsOnceReady = true),
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
