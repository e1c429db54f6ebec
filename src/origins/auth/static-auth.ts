import type { SystemAuth, TokenAuthConfig } from '../../config/sections/systems/system-config.js';
import type { AuthStrategy, Credentials } from './auth-strategy.js';

/** Credentials that the configuration names: none, bearer, basic, or a header. */
export class StaticAuth implements AuthStrategy {
  private readonly credentials: Credentials;

  constructor(auth: Exclude<SystemAuth, TokenAuthConfig>) {
    this.credentials = { headers: headersOf(auth), tokenNumber: undefined };
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
      return {};
    case 'bearer':
      return { Authorization: `Bearer ${auth.token}` };
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
    case 'header':
      return { [auth.name]: auth.value };
  }
}
