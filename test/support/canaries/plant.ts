import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { formatKeyPair, formatWhsec } from "../../../src/domain/signing/index.ts";

/** Texts that no output may hold. Each is made from a name, so that a find tells which one it was. */
export interface Canaries {
  /** Letters and digits that occur nowhere else. */
  text(name: string): string;
  whsec(name: string): string;
  keyPair(name: string): string;
  bytes(name: string): Uint8Array;
  /** The names, of those that match `names` or of all, whose canary is in the text in any of the usual codings. */
  found(text: string, names?: RegExp): readonly string[];
}

export function plantCanaries(seed: number): Canaries {
  const forms = new Map<string, readonly string[]>();
  const digest = (name: string) => createHash("sha256").update(`${seed} ${name}`).digest();

  function plant(name: string, ...texts: readonly string[]): void {
    forms.set(name, [...texts, ...texts.flatMap((text) => codings(Buffer.from(text)))]);
  }

  return {
    text(name) {
      const text = `canary${digest(name).toString("hex").slice(0, 24)}`;
      plant(name, text);
      return text;
    },
    whsec(name) {
      const secret = formatWhsec(digest(name));
      plant(name, secret.slice("whsec_".length), digest(name).toString("hex"));
      return secret;
    },
    keyPair(name) {
      const keyPair = formatKeyPair(digest(name));
      // The hex is of the private half only: the second half is the public key.
      plant(name, keyPair.slice("whsk_".length), digest(name).toString("hex"));
      return keyPair;
    },
    bytes(name) {
      const bytes = digest(name);
      plant(name, ...codings(bytes));
      return bytes;
    },
    found: (text, names = /./) =>
      [...forms].flatMap(([name, texts]) =>
        names.test(name) && texts.some((form) => text.includes(form)) ? name : [],
      ),
  };
}

function codings(bytes: Buffer): readonly string[] {
  return [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url")];
}

/** The value as it may get into a log, in each way. */
export function shown(value: unknown): string {
  return [inspect(value, { depth: 20, maxArrayLength: null }), JSON.stringify(value), String(value)].join("\n");
}

export function filesOf(directory: string): string {
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), "latin1"))
    .join("\n");
}
