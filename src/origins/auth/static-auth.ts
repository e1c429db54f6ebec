import type { SystemAuth, TokenAuthConfig } from '../../config/sections/systems/system-config.js';
import type { AuthStrategy, Credentials } from './auth-strategy.js';

/** Credentials that the configuration names: none, bearer, basic, a header, or a parameter. */
export class StaticAuth implements AuthStrategy {
  private readonly credentials: Credentials;

  constructor(auth: Exclude<SystemAuth, TokenAuthConfig>) {
    const query = auth.type === 'query' ? { query: { [auth.name]: auth.value } } : {};
    this.credentials = { headers: headersOf(auth), ...query, tokenNumber: undefined };
  }

  current(): Credentials {
    return this.credentials;
  }

  waitUntilReady(): Promise<boolean> {
    return Promise.resolve(true);
  }

  accepted(): void {
    // Fixed credentials are not replaced.
  }

  refused(): boolean {
    return false;
  }

  waitForReplacement(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

function headersOf(auth: Exclude<SystemAuth, TokenAuthConfig>): Record<string, string> {
  switch (auth.type) {
    case 'none':
    case 'query':
      return {};
    case 'bearer':
      return { Authorization: `Bearer ${auth.token}` };
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
    case 'header':
      return { [auth.name]: auth.value };
  }
}
