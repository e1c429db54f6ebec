import ts from 'typescript';

/** A paragraph of a file, ready for the rules. */
export interface Paragraph {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  /** False for labels: test names, error and log texts. */
  readonly isProse: boolean;
}

/**
 * A line that starts a new paragraph: a list item, a JSDoc tag, a key or argument of a Lua header,
 * a table field.
 */
const STARTS_PARAGRAPH =
  /^([-*•] |\d+[.)] |\(\d+\) |@\w+|KEYS|ARGV|Returns\b|Guarantees:|Does not guarantee:|Race it prevents:)/;
/** Fewer words are a name or a key, not text for a person. */
const MIN_LABEL_WORDS = 4;

/** The paragraphs of Markdown, without code blocks, tables, headings and HTML comments. */
export function markdownParagraphs(source: string): Paragraph[] {
  const lines = source.replace(/<!--[\s\S]*?-->/g, blankLines).split('\n');
  let inCode = false;
  const kept = lines.map((line) => {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    const skip = inCode || /^\s*(```|~~~|\||#{1,6} |<)/.test(line) || /^\[[^\]]+\]: /.test(line);
    return skip ? '' : line.replace(/^\s*>\s?/, '');
  });
  return joinParagraphs(kept.map((text, at) => ({ text, line: at + 1 })));
}

/** The comments of Lua (`--` and `--[[ … ]]`) or of YAML and shell (`#`). */
export function lineCommentParagraphs(commented: string, marker: '--' | '#'): Paragraph[] {
  const pattern = marker === '--' ? /^\s*-- ?(.*)$/ : /^\s*# ?(.*)$/;
  const source = marker === '--' ? commented.replace(/--\[\[([\s\S]*?)\]\]/g, asLineComments) : commented;
  const lines = source.split('\n').map((line, at) => ({ text: pattern.exec(line)?.[1] ?? '', line: at + 1 }));
  // A setting that is commented out (`PORT=3000`, or `port: 3000` with an indent) and a rule of
  // dashes are no prose.
  const isNoProse = (text: string): boolean => /^(\w+=|-{3,}|!|\s{2,}(- )?["\w-]+:(\s|$))/.test(text);
  return joinParagraphs(lines.map(({ text, line }) => ({ line, text: isNoProse(text) ? '' : text })));
}

/**
 * The comments of TypeScript or JavaScript, and the texts for people: test names, error and log
 * texts.
 */
export function codeParagraphs(source: string, file: string): Paragraph[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  return [...commentParagraphs(parsed), ...labelParagraphs(parsed)];
}

function commentParagraphs(parsed: ts.SourceFile): Paragraph[] {
  const source = parsed.text;
  const ranges = new Map<number, ts.CommentRange>();
  const collect = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(source, node.pos) ?? []) ranges.set(range.pos, range);
    for (const range of ts.getTrailingCommentRanges(source, node.end) ?? []) ranges.set(range.pos, range);
    for (const child of node.getChildren(parsed)) collect(child);
  };
  collect(parsed);
  const lines: NumberedLine[] = [];
  let lastLine = -1;
  for (const { pos, end } of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const first = parsed.getLineAndCharacterOfPosition(pos).line + 1;
    // Line comments that follow each other are one text.
    if (first !== lastLine + 1 || source.startsWith('/*', pos)) lines.push({ text: '', line: first });
    const body = source
      .slice(pos, end)
      .replace(/^\/\*+/, '')
      .replace(/\*+\/$/, '');
    body.split('\n').forEach((text, at) => {
      lastLine = first + at;
      lines.push({ text: text.replace(/^\s*(\/\/|\*)? ?/, ''), line: lastLine });
    });
    if (source.startsWith('/*', pos)) lines.push({ text: '', line: lastLine });
  }
  const isDirective = /^\s*(eslint|@ts-|prettier-|v8 |c8 |istanbul)/;
  return joinParagraphs(lines.map(({ text, line }) => ({ line, text: isDirective.test(text) ? '' : text })));
}

function labelParagraphs(parsed: ts.SourceFile): Paragraph[] {
  const found: Paragraph[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) ? node.text : undefined;
    if (text !== undefined && text.trim().split(/\s+/).length >= MIN_LABEL_WORDS && /^[\w`"'(]/.test(text)) {
      const { line } = parsed.getLineAndCharacterOfPosition(node.getStart(parsed));
      found.push({ line: line + 1, text: plain(text), isProse: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return found;
}

interface NumberedLine {
  readonly text: string;
  readonly line: number;
}

function joinParagraphs(lines: readonly NumberedLine[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let open: { line: number; texts: string[] } | undefined;
  const close = (): void => {
    if (open !== undefined) paragraphs.push({ line: open.line, text: plain(open.texts.join(' ')), isProse: true });
    open = undefined;
  };
  for (const { text, line } of lines) {
    const trimmed = text.trim();
    if (trimmed === '' || STARTS_PARAGRAPH.test(trimmed)) close();
    if (trimmed === '') continue;
    const words = trimmed.replace(STARTS_PARAGRAPH, '').trim();
    if (words === '') continue;
    open ??= { line, texts: [] };
    open.texts.push(words);
  }
  close();
  return paragraphs;
}

/** Markup gone, inline code and links as one word each. */
function plain(text: string): string {
  return text
    .replace(/`[^`]*`/g, 'X')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/https?:\/\/\S+/g, 'X')
    .replace(/[*_]{1,2}(\S[^*_]*)[*_]{1,2}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function blankLines(text: string): string {
  return text.replace(/[^\n]/g, '');
}

function asLineComments(block: string): string {
  return block
    .replace(/^--\[\[|\]\]$/g, '')
    .split('\n')
    .map((line) => `-- ${line.trim()}`)
    .join('\n');
}
