import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OwnedProcess } from '../support/owned-process.js';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Starts a separate Jest run over some of the fixtures, in workers. The run uses the configuration
 * of the project without its global setup.
 */
export function childJest(fixtures: readonly string[], scratch: string, env: NodeJS.ProcessEnv = {}): OwnedProcess {
  const files = fixtures.map((name) => `--testMatch=<rootDir>/test/support.spec/fixtures/${name}.fixture.ts`);
  const result = ['--json', `--outputFile=${resultFile(scratch)}`];
  const options = [
    '--globalSetup=',
    '--globalTeardown=',
    '--maxWorkers=2',
    '--selectProjects=support',
    `--cacheDirectory=${join(scratch, 'cache')}`,
  ];
  const jest = [
    '--experimental-vm-modules',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...options,
    ...result,
    ...files,
  ];
  const child = new OwnedProcess(process.execPath, jest, {
    scratch,
    cwd: ROOT,
    env: { ...process.env, ...env },
    output: 'pipe',
  });
  for (const stream of child.outputs) stream.resume();
  return child;
}

/** Returns the result of one fixture of a finished run. */
export async function resultOf(fixture: string, scratch: string): Promise<FixtureResult | undefined> {
  const result = JSON.parse(await readFile(resultFile(scratch), 'utf8')) as { testResults: FixtureResult[] };
  return result.testResults.find(({ name }) => name.endsWith(`/${fixture}.fixture.ts`));
}

interface FixtureResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

function resultFile(scratch: string): string {
  return join(scratch, 'result.json');
}
