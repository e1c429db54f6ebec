import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findKafka } from '../support/find-kafka.js';

const { PATH, XDG_CACHE_HOME } = process.env;
let folder: string;

// PATH contains only the commands of the test, and the cache is empty.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datadip-find-kafka-'));
  process.env.PATH = folder;
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
});

afterEach(async () => {
  process.env.PATH = PATH;
  if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  await rm(folder, { recursive: true, force: true });
});

async function command(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('Kafka for the tests', () => {
  it('is reported as missing in one line without Java and without the right to install it', async () => {
    await expect(findKafka()).rejects.toThrow(/^The tests need java on PATH and .*default-jre-headless.*$/);
  });

  it('is reported as missing in one line if its download fails, and leaves no half download', async () => {
    await command('java', '');
    await command('mvn', 'exit 1');

    await expect(findKafka()).rejects.toThrow(/^The tests need Kafka .* and cannot download it .*$/);
    expect(await readdir(join(folder, 'cache', 'datadip'))).toEqual([]);
  });

  it('is downloaded once', async () => {
    await command('java', '');
    await command('mvn', `echo run >> ${folder}/downloads; /bin/mkdir -p ${folder}/libs`);
    await findKafka();
    const { java } = await findKafka();

    expect(java.join(' ')).toContain(join(folder, 'cache', 'datadip', 'kafka-'));
    expect(await readFile(join(folder, 'downloads'), 'utf8')).toBe('run\n');
  });
});
