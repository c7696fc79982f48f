import { styleText } from "node:util";

type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Colours on a terminal; none in a file or a pipe, or if NO_COLOR is set (no-color.org). */
const isColourful = process.stdout.isTTY && !process.env["NO_COLOR"];

export function paint(style: Style, text: string): string {
  return isColourful ? styleText(style, text) : text;
}
