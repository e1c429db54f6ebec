import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { DataActions } from './data-actions.js';
import { ownAddress } from './internal/own-address.js';

interface DataActionList {
  readonly baseUrl: string;
  readonly dataActions: readonly { readonly name: string; readonly description: string; readonly href: string }[];
}

/** Returns the Data Actions, as files that an administrator imports into Genesys Cloud. */
@Controller('data-actions')
@RouteOptions({ neverShed: true })
@RequiresScope('operate')
export class DataActionsController {
  constructor(private readonly dataActions: DataActions) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  list(@Req() request: DatadipRequest): DataActionList {
    const dataActions = this.dataActions.filesFor(callerOf(request)).map(({ name, description, fileName }) => ({
      name,
      description,
      href: `/data-actions/${fileName}`,
    }));
    return { baseUrl: ownAddress(request), dataActions };
  }

  @Get(':name.custom.json')
  @Header('Cache-Control', 'no-store')
  file(
    @Req() request: DatadipRequest,
    @Param('name') name: string,
    @Res({ passthrough: true }) response: Response,
  ): string {
    const file = this.dataActions.find(name, callerOf(request));
    response.type('application/json').attachment(file.fileName);
    return file.text(ownAddress(request));
  }
}
