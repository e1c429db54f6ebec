import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { list } from '../support/chart.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { container, fargateFile, plainVariables, secretNames } from '../support/fargate.js';

describe('the file and the variables of the example for Fargate', () => {
  it('are accepted by the service in production', async () => {
    const plain = plainVariables.filter(({ Name }) => Name !== 'DATADIP_CONFIG');
    const env = {
      ...Object.fromEntries(secretNames.map((name) => [name, randomBytes(24).toString('hex')])),
      ...{ REDIS_URL: `rediss://datadip:${randomBytes(24).toString('hex')}@redis.example.com:6379` },
      ...Object.fromEntries(plain.map(({ Name, Value }) => [Name, typeof Value === 'string' ? Value : 'us-east-1'])),
      NODE_ENV: 'production',
    };
    const datadip = await startDatadip({ yaml: fargateFile, args: ['--check'], waitFor: 'exit', env });
    expect([datadip.output, (await datadip.exited).code]).toEqual(['ok', 0]);
  });
});

describe('the health check of a task', () => {
  const [kind, command = '', ...args] = list(container, 'HealthCheck.Command') as string[];
  let service: DatadipProcess;
  beforeAll(async () => {
    service = await startDatadip({ env: { SANDBOX_PORT: '0' } });
  });
  afterAll(() => service.kill());

  const run = (port: number | undefined) =>
    promisify(execFile)(command === 'node' ? process.execPath : command, args, { env: { PORT: String(port) } });

  it('succeeds while the service lives, and fails when it is gone', async () => {
    expect(kind).toBe('CMD');
    const { port } = service;
    await run(port);
    await service.kill();
    await expect(run(port)).rejects.toMatchObject({ code: 1 });
  });
});
