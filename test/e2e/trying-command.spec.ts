import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDatadip } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { OAuthLogin } from '../support/oauth-login.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { parse, stringify } from 'yaml';
import { aboutAda } from './stage.js';

let origin: ScriptedOrigin;
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
});
afterAll(() => origin.stop());

async function attempt(args: readonly string[], yaml?: string): Promise<{ code: number | null; output: string }> {
  const options = { args, waitFor: 'exit', entry: 'dist/cli/try.js' } as const;
  const ended = await startDatadip(yaml === undefined ? options : { ...options, yaml });
  return { code: (await ended.exited).code, output: ended.output };
}

describe('the command npm run try', () => {
  it('shows the request and the fields of the sandbox without any configuration, and exits with 0', async () => {
    const { code, output } = await attempt(['customer', '--ani', '15550017']);
    expect(output).toMatch(/^customer: found \(tenant 10001, input ani\)$/m);
    expect(output).toMatch(/GET http:\S+phone=/);
    expect(output).toMatch(/value hidden without --values/);
    expect(code).toBe(0);
  });

  it('exits with 1 and names similar names if the record is not found', async () => {
    // A busy machine may take seconds for a call.
    const yaml = declaration(origin.url, { system: { timeoutMs: 60_000 } }).replace('results[0]', 'result[0]');
    const { code, output } = await attempt(['customer', '--ani', '+15550017'], yaml);
    expect(output).toContain('the input has no result, did you mean results');
    expect(code).toBe(1);
  });

  it.each([
    ['an unknown lookup', ['custmer'], 64, 'unknown lookup "custmer"; allowed: customer, profile'],
    ['an unknown input', ['customer', '--phone', '1'], 64, '[--ani <value>] [--email <value>]'],
  ])('exits with 64 for %s', async (_case, args, expected, text) => {
    const { code, output } = await attempt(args, declaration(origin.url));
    expect(output).toContain(text);
    expect(code).toBe(expected);
  });

  describe('on a system with OAuth 2.0, of which a tenant has its own', () => {
    const secrets = { clientId: 'client-1', clientSecret: 'client-secret-2' };
    let login: OAuthLogin;
    beforeAll(async () => {
      const rules = { grant: 'client_credentials', basic: [secrets.clientId, secrets.clientSecret] } as const;
      login = await OAuthLogin.start(rules);
    });
    afterAll(() => login.origin.stop());

    /** The tenant 20002 has its own system, at the same address. */
    function file(clientSecret = secrets.clientSecret): string {
      const auth = { type: 'oauth2', tokenUrl: login.tokenUrl, ...secrets };
      const callers = { all: { apiKeys: ['key-of-all'], tenants: ['10001', '20002'], scopes: ['operate'] } };
      const tenants = { '20002': { systems: { crm: { auth: { ...auth, clientSecret } } } } };
      return stringify({
        ...parse(declaration(origin.url, { system: { auth, timeoutMs: 60_000 }, callers })),
        tenants,
      });
    }

    it('logs in and calls the system of the tenant that is named', async () => {
      const { code, output } = await attempt(['customer', '--ani', '15550017', '--tenant', '20002'], file());
      expect(output).toContain('call of crm@20002');
      expect(output).toContain('Authorization: ***');
      expect(origin.calls.at(-1)?.headers.authorization).toMatch(/^Bearer t\d+$/);
      expect(code).toBe(0);
    });

    it('exits with 1 and says that there is no token if the login refuses the client', async () => {
      const asked = ['customer', '--ani', '15550017', '--tenant', '20002'];
      const { code, output } = await attempt(asked, file('wrong-secret-3'));
      expect(output).toMatch(/^customer: failed \(tenant 20002/m);
      expect(output).toMatch(/circuit_open, cause invalid_client: no token .*: the login failed with invalid_client/);
      expect(output).not.toMatch(/client-secret-2|wrong-secret-3/);
      expect(code).toBe(1);
    });

    it('exits with 64 if the tenant is not named', async () => {
      const { code, output } = await attempt(['customer', '--ani', '15550017'], file());
      expect(output).toContain('--tenant is missing; allowed: 10001, 20002');
      expect(code).toBe(64);
    });
  });

  it('exits with 78 for a wrong file', async () => {
    expect(await attempt(['customer'], 'lookups: 1')).toMatchObject({ code: 78 });
  });
});
