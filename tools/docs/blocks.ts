/** Generated parts of a page: the text between two markers. */

const OPEN = (name: string): string => `<!-- generated: ${name} -->`;
const CLOSE = '<!-- /generated -->';

/**
 * Replaces the generated part of a page.
 *
 * @throws {Error} if the page has no such part
 */
export function replaceBlock(page: string, name: string, content: string): string {
  const start = page.indexOf(OPEN(name));
  const end = page.indexOf(CLOSE, start);
  if (start < 0 || end < 0) throw new Error(`the page has no markers for "${name}"; add ${OPEN(name)} and ${CLOSE}`);
  return `${page.slice(0, start)}${OPEN(name)}\n\n${content}\n\n${page.slice(end)}`;
}

/** A Markdown table. Line breaks in a cell become spaces, and pipes are escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\|/g, '\\|');
}

/** Text as inline code; an empty text stays empty. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
