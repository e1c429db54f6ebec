import { afterEach, describe, expect, it } from '@jest/globals';
import { startDatadip, type DatadipOptions, type DatadipProcess } from '../support/datadip-process.js';
import { get } from '../support/http.js';

const entry = 'test/support.spec/fixtures/stand-in.js';
const started: DatadipProcess[] = [];

afterEach(async () => {
  for (const datadip of started.splice(0)) await datadip.kill();
});

async function start(options: DatadipOptions = {}): Promise<DatadipProcess> {
  const datadip = await startDatadip({ entry, ...options });
  started.push(datadip);
  return datadip;
}

describe('startDatadip', () => {
  it('resolves when the process is ready, with its port and its log lines', async () => {
    const datadip = await start();

    expect((await get(`${datadip.url}/health/ready`)).status).toBe(200);
    expect(datadip.logs[0]).toEqual({ msg: 'a line for people' });
    expect(datadip.logs).toContainEqual({ msg: 'listening on a port', port: datadip.port });
  });

  it('resolves when the process listens, before it is ready', async () => {
    const datadip = await start({ waitFor: 'listening' });

    expect((await get(`${datadip.url}/health/ready`)).status).toBe(503);
  });

  it('passes only the given file, arguments and environment to the process', async () => {
    const { logs } = await start({ yaml: 'systems: {}', env: { REGION: 'eu' }, args: ['--once'] });
    const startLine = logs.find(({ msg }) => msg === 'started with');

    expect(startLine).toMatchObject({ config: 'systems: {}', args: ['--once'] });
    const variables = (startLine?.env as string[]).filter((name) => name !== 'PWD');
    expect(variables.toSorted()).toEqual([
      ...['DATADIP_CONFIG', 'DRAIN_DELAY_MS', 'HOME', 'HOST', 'NODE_ENV', 'PATH', 'PORT', 'REGION', 'WARM_UP'],
    ]);
  });

  it('rejects with the output of a process that ends early', async () => {
    await expect(start({ env: { REFUSES: '1' } })).rejects.toThrow(/KEY_SECRET is missing/);
  });

  it('resolves with the exit code if the caller waits for the exit', async () => {
    const datadip = await start({ env: { REFUSES: '1' }, waitFor: 'exit' });

    expect(await datadip.exited).toEqual({ code: 78, signal: null });
    expect(datadip.output).toBe('KEY_SECRET is missing');
  });

  it('stops a process with SIGTERM, and kills it after the timeout', async () => {
    const cooperative = await start({ waitFor: 'listening' });
    const deaf = await start({ waitFor: 'listening', env: { DEAF: '1' } });

    expect(await cooperative.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await deaf.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
