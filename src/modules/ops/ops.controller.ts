import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { REQUEST_ID } from '../../contracts/headers.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { findAsset, PAGE_POLICY, pageText } from './internal/assets.js';
import { OpsStreams } from './ops-streams.js';

/** The longest time that a caller may give a stream, in seconds. The page then opens another. */
const MAX_SECONDS = 3600;

/**
 * The page of the person on call. It only reads. A browser asks for a caller's name and key.
 *
 * The page is never shed, because it is needed most when the process is overloaded.
 */
@Controller('ops')
@RouteOptions({ neverShed: true })
@RequiresScope('operate')
export class OpsController {
  constructor(private readonly streams: OpsStreams) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  page(@Req() request: Request, @Res({ passthrough: true }) response: Response): string {
    // The page loads its files relative to the address without a slash at the end.
    if (request.path.endsWith('/')) response.status(308).location('../ops');
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.type('text/html');
    return pageText();
  }

  @Get('stream')
  @RouteOptions({ staysOpen: true, handlesHead: false })
  stream(@Query('seconds') seconds: unknown, @Req() request: DatadipRequest, @Res() response: Response): void {
    response.setHeader(REQUEST_ID, request.requestId);
    this.streams.open(response, readSeconds(seconds));
  }

  /** The files change with the version of Datadip. A browser that kept one would mix versions. */
  @Get(':asset')
  @Header('Cache-Control', 'no-store')
  asset(@Param('asset') name: string, @Res({ passthrough: true }) response: Response): string {
    const asset = findAsset(name);
    if (asset === undefined) throw new HttpProblem('not_found', 404, 'unknown address');
    response.setHeader('Content-Type', asset.contentType);
    return asset.text;
  }
}

/** @throws {HttpProblem} 400 */
function readSeconds(value: unknown): number {
  const seconds = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : Infinity;
  if (seconds <= MAX_SECONDS) return seconds;
  throw new HttpProblem('bad_request', 400, `\`seconds\` must be a whole number from 0 to ${MAX_SECONDS}`);
}
