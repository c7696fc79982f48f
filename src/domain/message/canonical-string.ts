import { byCodePoint } from "../by-code-point.ts";

/** Space to `~`, except the quote and the backslash: JSON and Python both write these unescaped. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;

/**
 * Python escapes DEL (0x7f) too, although JSON and JSON.stringify leave it unescaped. Escaped by runs, which takes half
 * the time for a text in Japanese; bounded, because a run's text is held in pieces until it is complete.
 */
const NOT_PRINTABLE_ASCII = /[\x7f-\uffff]{1,512}/g;

/** The two digits of each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Spells a string as Python does: every UTF-16 unit outside printable ASCII is `\uxxxx` in lower-case hex, so an astral
 * character is a surrogate pair and a lone surrogate stays one.
 */
export function canonicalString(text: string): string {
  if (NEEDS_NO_ESCAPE.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(NOT_PRINTABLE_ASCII, escapeUnits);
}

function escapeUnits(run: string): string {
  let text = "";
  for (let index = 0; index < run.length; index += 1) {
    const unit = run.charCodeAt(index);
    text += `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;
  }
  return text;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts keys in place by code point, as Python does. Without surrogates, that is the order of the built-in sort. */
export function sortKeys(keys: string[]): string[] {
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(byCodePoint) : keys.sort();
}
