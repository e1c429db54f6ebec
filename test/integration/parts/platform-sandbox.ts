import { expect } from '@jest/globals';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/sandbox-server.js';
import { raw, type HttpAnswer } from '../../support/http.js';
import { ManualClock } from '../../support/manual-clock.js';

type Json = Record<string, unknown>;

const AT_ONCE = { api: { latencyMs: 0 }, login: { latencyMs: 0 } };

/** A sandbox that answers at once, whose tokens and minutes are measured by a clock the test moves, and what the tests ask of it. */
export class PlatformSandbox {
  private constructor(
    private readonly sandbox: Sandbox,
    private readonly clock: ManualClock,
  ) {}

  static async open(options: Pick<SandboxOptions, 'genesys' | 'cxone'> = {}): Promise<PlatformSandbox> {
    const clock = new ManualClock();
    const all = { port: 0, behaviour: { latencyMs: 0 }, genesys: AT_ONCE, cxone: AT_ONCE, ...options };
    return new PlatformSandbox(await startSandbox({ ...all, nowMs: () => clock.nowMs() }), clock);
  }

  get url(): string {
    return this.sandbox.url;
  }

  get port(): number {
    return this.sandbox.port;
  }

  passS(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }

  get(path: string, token?: string): Promise<HttpAnswer> {
    return this.send('GET', path, undefined, token === undefined ? {} : { authorization: `Bearer ${token}` });
  }

  send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return raw(method, this.sandbox.url + path, body, headers);
  }

  /** Works a control; `/sandbox/` is left out of its path. */
  async control(method: string, path: string, body?: object): Promise<Json> {
    const answer = await this.send(method, `/sandbox/${path}`, body === undefined ? undefined : JSON.stringify(body));
    expect(answer).toMatchObject({ status: 200 });
    return answer.json ?? {};
  }

  /** Asks for a token as Genesys Cloud's clients do. */
  login(id = 'sandbox-client', secret = 'sandbox-secret', body = 'grant_type=client_credentials'): Promise<HttpAnswer> {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    return this.send('POST', '/oauth/token', body, {
      authorization,
      'content-type': 'application/x-www-form-urlencoded',
    });
  }

  async token(id?: string, secret?: string): Promise<string> {
    const answer = await this.login(id, secret);
    expect(answer).toMatchObject({ status: 200, json: { access_token: expect.any(String) } });
    return String(answer.json?.access_token);
  }
}
