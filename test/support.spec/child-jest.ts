import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OwnedProcess } from '../support/owned-process.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** A run of its own over some of the fixtures, in workers, with the project's configuration but without its global setup. */
export function childJest(fixtures: readonly string[], scratch: string, env: NodeJS.ProcessEnv = {}): OwnedProcess {
  const files = fixtures.map((name) => `--testMatch=<rootDir>/test/support.spec/fixtures/${name}.fixture.ts`);
  const result = ['--json', `--outputFile=${resultFile(scratch)}`];
  const alone = [
    '--globalSetup=',
    '--globalTeardown=',
    '--maxWorkers=2',
    '--selectProjects=support',
    `--cacheDirectory=${join(scratch, 'cache')}`,
  ];
  const jest = [
    '--experimental-vm-modules',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...alone,
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

/** What a finished run said of one fixture. */
export async function verdictOn(fixture: string, scratch: string): Promise<FixtureVerdict | undefined> {
  const result = JSON.parse(await readFile(resultFile(scratch), 'utf8')) as { testResults: FixtureVerdict[] };
  return result.testResults.find(({ name }) => name.endsWith(`/${fixture}.fixture.ts`));
}

interface FixtureVerdict {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

function resultFile(scratch: string): string {
  return join(scratch, 'result.json');
}
