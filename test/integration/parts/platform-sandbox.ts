import { afterEach, beforeEach, expect } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import { raw, type HttpAnswer } from '../../support/http.js';
import { ManualClock } from '../../support/manual-clock.js';

type Json = Record<string, unknown>;

const AT_ONCE = { api: { latencyMs: 0 }, login: { latencyMs: 0 } };

/**
 * A sandbox that answers at once, and the requests tests send to it. The test moves the clock that
 * measures its tokens and minutes.
 */
export class PlatformSandbox {
  private readonly clock = new ManualClock();
  private running: Sandbox | undefined;

  /** Returns a sandbox that is restarted for each test of the file. */
  static forEachTest(): PlatformSandbox {
    const sandbox = new PlatformSandbox();
    beforeEach(() => sandbox.open());
    afterEach(() => sandbox.close());
    return sandbox;
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

  get(path: string, token?: string): Promise<HttpAnswer> {
    return this.send('GET', path, undefined, token === undefined ? {} : { authorization: `Bearer ${token}` });
  }

  send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return raw(method, this.url + path, body, headers);
  }

  /** Calls a control route of the sandbox. `path` is relative to `/sandbox/`. */
  async control(method: string, path: string, body?: object): Promise<Json> {
    const answer = await this.send(method, `/sandbox/${path}`, body === undefined ? undefined : JSON.stringify(body));
    expect(answer).toMatchObject({ status: 200 });
    return answer.json ?? {};
  }

  /** Requests a token as the clients of Genesys Cloud do. */
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

  private get sandbox(): Sandbox {
    if (this.running === undefined) throw new Error('the sandbox runs only during a test');
    return this.running;
  }

  private async open(): Promise<void> {
    const atOnce = { behaviour: { latencyMs: 0 }, genesys: AT_ONCE, cxone: AT_ONCE };
    this.running = await startSandbox({ port: 0, ...atOnce, nowMs: () => this.clock.nowMs() });
  }

  private async close(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }
}
