import { canonicalString } from "../../domain/message/index.ts";

/** Takes out of a text what must not be shown. */
export type Conceal = (text: string) => string;

/** Shorter ones are no secrets, and would be found in any text. */
const SHORTEST = 8;

/**
 * A receiver may answer with what it was sent, and its answer is kept: this blacks out the webhook's own secrets and the values
 * of its headers, also where a value's words are quoted apart, such as the token after `Bearer`, and where they are escaped as in JSON,
 * by PHP's and Python's too, or in a URL.
 */
export function createConceal(values: readonly string[]): Conceal {
  const words = values.flatMap((value) => [value, ...value.split(/\s+/)]).filter(({ length }) => length >= SHORTEST);
  // The longest first: a word of a value must not spoil it for the whole.
  const wanted = [...new Set(words.flatMap(spellings))].sort((left, right) => right.length - left.length);
  return (text) => wanted.reduce((shown, word) => shown.replaceAll(word, "[concealed]"), text);
}

function spellings(word: string): readonly string[] {
  const inJson = JSON.stringify(word).slice(1, -1);
  const inAscii = canonicalString(word).slice(1, -1);
  return [word, inJson, inJson.replaceAll("/", "\\/"), inAscii, encodeURIComponent(word.toWellFormed())];
}
