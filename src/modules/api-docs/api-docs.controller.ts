import { Controller, Get, Header, Param, Req, Res, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { createReadStream } from 'node:fs';
import { HttpProblem } from '../../kernel/errors.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { ApiDocument } from './api-document.js';
import { findAsset, PAGE, PAGE_POLICY, PAGE_SCRIPT } from './internal/page.js';

/**
 * The assets change only with the version of the library. A browser may show an old page for an
 * hour.
 */
const ASSET_CACHING = 'private, max-age=3600';

/**
 * Returns the OpenAPI document, and a page that shows it. A browser asks for a caller's name and
 * key.
 */
@Controller()
@RouteOptions({ neverShed: true })
@RequiresScope('operate')
export class ApiDocsController {
  constructor(private readonly document: ApiDocument) {}

  @Get('docs-json')
  @Header('Cache-Control', 'no-store')
  async json(@Req() request: DatadipRequest, @Res({ passthrough: true }) response: Response): Promise<string> {
    response.type('application/json');
    return this.document.text(callerOf(request));
  }

  @Get('docs')
  @Header('Cache-Control', 'no-store')
  page(@Req() request: Request, @Res({ passthrough: true }) response: Response): string {
    // The page loads its files relative to the address without a slash at the end.
    if (request.path.endsWith('/')) response.status(308).location('../docs');
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.type('text/html');
    return PAGE;
  }

  @Get('docs/:asset')
  @Header('Cache-Control', ASSET_CACHING)
  asset(@Param('asset') name: string, @Res({ passthrough: true }) response: Response): StreamableFile {
    if (name === 'page.js') {
      response.type('text/javascript');
      return new StreamableFile(Buffer.from(PAGE_SCRIPT));
    }
    const asset = findAsset(name);
    if (asset === undefined) throw new HttpProblem('not_found', 404, 'unknown address');
    response.setHeader('Content-Type', asset.contentType);
    return new StreamableFile(createReadStream(asset.path));
  }
}
