import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** All paths are relative: a proxy in front of the page may add a prefix. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Datadip</title>
    <link rel="icon" href="./docs/favicon-32x32.png">
    <link rel="stylesheet" href="./docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="./docs/swagger-ui-bundle.js"></script>
    <script src="./docs/page.js"></script>
  </body>
</html>
`;

/** `validatorUrl: null` keeps the page from sending the document to a public validator. */
export const PAGE_SCRIPT = `SwaggerUIBundle({ url: './docs-json', dom_id: '#page', deepLinking: true, validatorUrl: null });
`;

/**
 * The page loads scripts, styles and data from Datadip only. Swagger UI sets styles on its elements
 * and has its icons in its style sheet as `data:` URLs.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The files of the library that Datadip serves, with their media types. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** A file of the library. */
export interface Asset {
  readonly path: string;
  readonly contentType: string;
}

/** @returns `undefined` if Datadip does not serve a file of this name */
export function findAsset(name: string): Asset | undefined {
  const contentType = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (contentType === undefined) return undefined;
  const library = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return { path: join(library, name), contentType };
}
