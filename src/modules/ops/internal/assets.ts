import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The page loads scripts, styles and data from Datadip only. No script and no style stands in the
 * page. uPlot sets styles on its elements, which this policy allows. The icon is a `data:` URL.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const FOLDER = fileURLToPath(new URL('../page/', import.meta.url));
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** The files of the page, with their media types. */
const OWN: Readonly<Record<string, string>> = {
  'page.css': CSS,
  'page.js': JAVASCRIPT,
  'live.js': JAVASCRIPT,
  'charts.js': JAVASCRIPT,
  'tables.js': JAVASCRIPT,
  'elements.js': JAVASCRIPT,
};
/** The files of uPlot, which draws the charts. */
const UPLOT: Readonly<Record<string, string>> = {
  'uPlot.iife.min.js': JAVASCRIPT,
  'uPlot.min.css': CSS,
};

/** A file that the page loads. */
interface Asset {
  readonly text: string;
  readonly contentType: string;
}

const read = new Map<string, Asset>();

export function pageText(): string {
  return readFileSync(join(FOLDER, 'page.html'), 'utf8');
}

/**
 * Reads a file once. Together they have 70 KB.
 *
 * @returns `undefined` if the page has no file of this name
 */
export function findAsset(name: string): Asset | undefined {
  const known = read.get(name);
  if (known !== undefined) return known;
  const asset = readOwn(name) ?? readUplot(name);
  if (asset !== undefined) read.set(name, asset);
  return asset;
}

function readOwn(name: string): Asset | undefined {
  const contentType = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  return contentType === undefined ? undefined : { text: readFileSync(join(FOLDER, name), 'utf8'), contentType };
}

function readUplot(name: string): Asset | undefined {
  const contentType = Object.hasOwn(UPLOT, name) ? UPLOT[name] : undefined;
  if (contentType === undefined) return undefined;
  const library = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  return { text: readFileSync(join(library, 'dist', name), 'utf8'), contentType };
}
