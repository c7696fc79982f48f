import { stripVTControlCharacters } from "node:util";
import { paint } from "./paint.ts";

export type Row = readonly string[];

/** Draws a box around rows, with a line between groups. Cells may be coloured. */
export function drawTable(head: Row, groups: readonly (readonly Row[])[]): string {
  const rows = [head, ...groups.flat()];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  const rule = (left: string, middle: string, right: string) =>
    paint("dim", left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right);
  const bar = paint("dim", "│");
  const draw = (row: Row) => bar + widths.map((width, column) => ` ${pad(row[column] ?? "", width)} `).join(bar) + bar;
  return [
    rule("╭", "┬", "╮"),
    draw(head.map((title) => paint("bold", title))),
    ...groups.flatMap((group) => [rule("├", "┼", "┤"), ...group.map(draw)]),
    rule("╰", "┴", "╯"),
  ].join("\n");
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(width - widthOf(cell));
}

/** The width in characters, which is right for the tables here: they hold no characters of double width. */
function widthOf(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
