import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Paths are relative, so that the page may be behind a proxy that adds to them. */
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

/** Nobody else is asked to check the document: it is about nobody else. */
export const PAGE_SCRIPT = `SwaggerUIBundle({ url: './docs-json', dom_id: '#page', deepLinking: true, validatorUrl: null });
`;

/** Scripts, styles and answers from here alone. The page sets styles on its elements, and has its icons in its style sheet. */
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

/** What of the library is sent, with its media type. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

export interface Asset {
  readonly path: string;
  readonly contentType: string;
}

export function assetNamed(name: string): Asset | undefined {
  const contentType = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (contentType === undefined) return undefined;
  const library = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return { path: join(library, name), contentType };
}
