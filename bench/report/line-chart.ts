export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const panel = { width: 420, height: 300, left: 64, right: 20, top: 64, bottom: 48 };

/** Panels side by side as SVG: x is logarithmic, y begins at 0, so that a fall looks as large as it is. */
export function lineChart(xTitle: string, panels: readonly Panel[]): string {
  const width = panel.width * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel.height}" width="${width}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${panel.height}" fill="#fff"/>`,
    ...panels.map((each, n) => `<g transform="translate(${n * panel.width} 0)">${drawPanel(xTitle, each)}</g>`),
    "</svg>\n",
  ].join("\n");
}

function drawPanel(xTitle: string, { title, lines }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const [first = 1, last = 10] = [xs[0], xs.at(-1)];
  const top = roundUp(Math.max(1, ...points.map(({ y }) => y)));
  const inner = { width: panel.width - panel.left - panel.right, height: panel.height - panel.top - panel.bottom };
  const xOf = (x: number) => panel.left + (inner.width * Math.log(x / first)) / Math.max(1, Math.log(last / first));
  const yOf = (y: number) => panel.top + inner.height * (1 - y / top);
  const bottom = yOf(0);
  return [
    text(panel.left, 20, title, 'font-weight="bold"'),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => {
      const y = yOf(top * share);
      const line = `<path d="M${panel.left} ${y}h${inner.width}" stroke="#ddd"/>`;
      return line + text(panel.left - 8, y + 4, (top * share).toLocaleString("en-US"), 'text-anchor="end"');
    }),
    ...xs.map((x) => text(xOf(x), bottom + 18, x.toLocaleString("en-US"), 'text-anchor="middle"')),
    text(panel.left + inner.width / 2, bottom + 38, xTitle, 'text-anchor="middle" fill="#555"'),
    ...lines.map(({ label, colour, points: own }, n) => {
      const path = own.map(({ x, y }) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(" ");
      const dots = own.map(({ x, y }) => `<circle cx="${xOf(x)}" cy="${yOf(y)}" r="3" fill="${colour}"/>`).join("");
      const key = text(panel.left + n * 150, 42, label, `fill="${colour}"`);
      return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${key}`;
    }),
  ].join("\n");
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}

/** Rounds up to 1, 2, 4 or 8 times a power of ten, so that the quarters are short numbers. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8].find((step) => step * power >= value) ?? 10) * power;
}
