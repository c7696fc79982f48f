import { canonicalString } from "../../domain/message/index.ts";

/** Takes out of a text what must not be shown. */
export type Conceal = (text: string) => string;

/** Shorter words are no secrets, and would be found in any text. */
const SHORTEST = 8;

/**
 * A receiver may answer with what it was sent, and its answer is kept. This blacks out the webhook's own secrets and
 * header values. It also finds single words of a value, such as the token after `Bearer`, and words that are escaped as
 * in a URL or in JSON, by PHP's and Python's encoders too.
 */
export function createConceal(values: readonly string[]): Conceal {
  const words = values.flatMap((value) => [value, ...value.split(/\s+/)]).filter(({ length }) => length >= SHORTEST);
  // The longest first: replacing a word would keep the whole value from being found.
  const wanted = [...new Set(words.flatMap(spellings))].sort((left, right) => right.length - left.length);
  return (text) => wanted.reduce((shown, word) => shown.replaceAll(word, "[concealed]"), text);
}

function spellings(word: string): readonly string[] {
  const inJson = JSON.stringify(word).slice(1, -1);
  const inAscii = canonicalString(word).slice(1, -1);
  return [word, inJson, inJson.replaceAll("/", "\\/"), inAscii, encodeURIComponent(word.toWellFormed())];
}
