/**
 * A page with the text between two marks replaced, but not the marks.
 *
 * @throws if the page does not have both marks, in this order.
 */
export function replaceBetween(page: string, begin: string, end: string, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`no place between ${begin.trim()} and ${end.trim()}`);
  return page.slice(0, from + begin.length) + text + page.slice(to);
}
