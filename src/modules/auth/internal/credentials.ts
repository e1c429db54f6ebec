import { Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../../../contracts/caller.js';
import { API_KEY_HEADER } from '../../../contracts/headers.js';
import { Callers } from '../callers.js';
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
  ) {}

  /** Returns a promise only for a token that this process has signed and not verified before. */
  findCaller(headers: IncomingHttpHeaders): Caller | undefined | Promise<Caller | undefined> {
    const key = headers[API_KEY_HEADER];
    return typeof key === 'string' ? this.callers.findByKey(key) : this.findByAuthorization(headers.authorization);
  }

  /** Whether the header has the name and the key of a caller, as a token request sends them. */
  isKnownClient(authorization: string): boolean {
    const client = basicClient(authorization);
    return client !== undefined && this.callers.findByNameAndKey(client.name, client.key) !== undefined;
  }

  private findByAuthorization(authorization: string | undefined): Caller | undefined | Promise<Caller | undefined> {
    if (authorization === undefined) return this.callers.findAnonymous();
    const token = BEARER.exec(authorization)?.[1];
    if (token !== undefined) return this.tokens.findCaller(token);
    const credentials = basicCredentials(authorization);
    return credentials && this.callers.findByNameAndKey(credentials.name, credentials.key);
  }
}
