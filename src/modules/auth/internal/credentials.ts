import { Injectable } from '@nestjs/common';
import { API_KEY_HEADER } from '../../../contracts/headers.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';
import { Callers } from '../callers.js';
import { UserTokens, type FoundCaller } from '../users/user-tokens.js';
import { AccessTokens } from './access-tokens.js';
import { basicCredentials } from './basic-credentials.js';
import { basicClient } from './token-request.js';

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i;

/** Finds the caller that the headers of a request prove: by API key, HTTP Basic or token. */
@Injectable()
export class Credentials {
  constructor(
    private readonly callers: Callers,
    private readonly tokens: AccessTokens,
    private readonly users: UserTokens,
  ) {}

  /**
   * Returns a promise only for a token that must be verified. This is a token of this service that
   * is new to the process, or the token of a user without a known verdict.
   */
  findCaller(request: DatadipRequest): FoundCaller | Promise<FoundCaller> {
    const key = request.headers[API_KEY_HEADER];
    return typeof key === 'string' ? this.callers.findByKey(key) : this.findByAuthorization(request);
  }

  /** Whether the header has the name and the key of a caller, as a token request sends them. */
  isKnownClient(authorization: string): boolean {
    const client = basicClient(authorization);
    return client !== undefined && this.callers.findByNameAndKey(client.name, client.key) !== undefined;
  }

  private findByAuthorization(request: DatadipRequest): FoundCaller | Promise<FoundCaller> {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.callers.findAnonymous();
    const token = BEARER.exec(authorization)?.[1];
    if (token !== undefined) return this.tokens.findCaller(token) ?? this.users.findCaller(token, request);
    const credentials = basicCredentials(authorization);
    return credentials && this.callers.findByNameAndKey(credentials.name, credentials.key);
  }
}
