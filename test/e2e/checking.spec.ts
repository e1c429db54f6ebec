import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { declaration } from '../support/declaration.js';
import { startDatadip, type DatadipOptions } from '../support/datadip-process.js';

const CALLERS = { architect: { apiKeys: ['architect-key-1'], tenants: ['10001'], scopes: ['lookup'] } };
const PRODUCTION = { NODE_ENV: 'production', KEY_SECRET: 'a-secret-of-thirty-two-characters' };

/** `--permission` lets the check start no process and no thread: the sandbox would be a process. */
const ALONE = ['--permission', '--allow-fs-read=*'] as const;

let connections = 0;
let listener: Server;
let address: string;

beforeEach(async () => {
  connections = 0;
  listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((resolve) => listener.close(resolve));
});

async function check(
  options: Pick<DatadipOptions, 'env' | 'yaml'>,
  args: readonly string[] = ['--check'],
): Promise<{ code: number | null; output: string }> {
  const command = [process.execPath, ...ALONE, 'dist/main.js', ...args] as const;
  const datadip = await startDatadip({ ...options, command, waitFor: 'exit' });
  return { code: (await datadip.exited).code, output: datadip.output };
}

describe('node dist/main.js --check', () => {
  it('prints ok without configuration, and starts no sandbox', async () => {
    expect(await check({})).toEqual({ code: 0, output: 'ok' });
  });

  it('prints ok in production, and asks no system', async () => {
    const system = { auth: { type: 'cxone', loginUrl: `http://${address}`, accessKeyId: 'id', accessKeySecret: 's' } };
    const yaml = declaration(`http://${address}`, { callers: CALLERS, system });
    const env = { ...PRODUCTION, REGION: 'us', REDIS_URL: `redis://${address}`, KAFKA_BROKERS: address };
    // The process would refuse to listen here.
    const port = address.split(':')[1] ?? '';

    expect(await check({ yaml, env: { ...env, PORT: port } })).toEqual({ code: 0, output: 'ok' });
    expect(connections).toBe(0);
  });

  it('prints ok for settings that the start only warns about', async () => {
    const yaml = declaration('http://crm.example.invalid', { callers: CALLERS });

    expect(await check({ yaml, env: { ...PRODUCTION, KEY_SECRET: 'short' } })).toEqual({ code: 0, output: 'ok' });
  });

  it('prints the findings of the environment and of the file, without secrets', async () => {
    const yaml = declaration('http://127.0.0.1:1', { callers: CALLERS, system: { timeoutMs: 'soon' } });
    const env = { NODE_ENV: 'production', PORT: 'http', VALUE_KEYS: 'one:s3cret' };
    const { code, output } = await check({ yaml, env });

    expect(code).toBe(78);
    for (const finding of [/^environment PORT = "http": /m, /^environment KEY_SECRET: required/m, /VALUE_KEYS/])
      expect(output).toMatch(finding);
    expect(output).toMatch(/datadip\.yaml:\d+ systems\.crm\.timeoutMs = "soon": /);
    expect(output).not.toContain('s3cret');
  });

  it('prints the rules of production that an empty configuration breaks', async () => {
    const { code, output } = await check({ env: { NODE_ENV: 'production' } });

    expect(code).toBe(78);
    for (const name of ['KEY_SECRET', 'CRM_BASE_URL', 'callers']) expect(output).toContain(name);
  });

  it.each([[['--chek']], [['--check', '--check']], [['check']], [['--check', 'datadip.yaml']]])(
    'prints the usage for the arguments %j',
    async (args) => {
      const { code, output } = await check({}, args);

      expect(code).toBe(64);
      expect(output).toContain(JSON.stringify(args.join(' ')));
      expect(output).toContain('usage: node dist/main.js [--check]');
    },
  );
});
