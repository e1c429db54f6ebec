import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { OAuthProblem } from '../../kernel/errors.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { Callers } from './callers.js';
import { AccessTokens, TOKEN_LIFE_S } from './internal/access-tokens.js';
import { grantedScopes, readTokenRequest } from './internal/token-request.js';
import { RequiresScope } from './requires-scope.decorator.js';

/** The answer of RFC 6749, section 5.1. */
interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

/** Client credentials against a token, for callers whose platform will not send a key: Genesys's "User Defined (OAuth)". */
@Controller('oauth/token')
@RouteOptions({ body: 'form' })
@RequiresScope('open')
export class OAuthController {
  constructor(
    private readonly callers: Callers,
    private readonly tokens: AccessTokens,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async token(@Req() request: DatadipRequest): Promise<TokenAnswer> {
    const asked = readTokenRequest(request.headers.authorization, request.rawBody?.toString('utf8') ?? '');
    const caller = this.callers.byNameAndKey(asked.name, asked.key);
    if (caller === undefined) throw new OAuthProblem('invalid_client', 401, 'valid credentials are needed');
    const scopes = grantedScopes(caller.scopes, asked.scopes);
    const token = await this.tokens.issue(caller, this.callers.credentialOf(asked.key), scopes);
    request.caller = caller;
    return { access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFE_S, scope: [...scopes].join(' ') };
  }
}
