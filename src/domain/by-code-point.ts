const END = -1;

/**
 * Sorts texts by code point, as Python sorts keys and as databases sort bytes of UTF-8. JavaScript's own order, by
 * UTF-16 unit, differs where a surrogate takes part.
 */
export function byCodePoint(left: string, right: string): number {
  for (let index = 0; ; index += 1) {
    const leftPoint = left.codePointAt(index) ?? END;
    const rightPoint = right.codePointAt(index) ?? END;
    if (leftPoint !== rightPoint) return leftPoint - rightPoint;
    if (leftPoint === END) return 0;
  }
}
