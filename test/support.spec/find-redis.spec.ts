import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureCommands, onPath } from '../support/find-redis.js';

const realPath = process.env.PATH;
let bin: string;

// A PATH with nothing on it but what the test puts there: the real package manager is out of reach.
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'datadip-path-'));
  process.env.PATH = bin;
});

afterEach(async () => {
  process.env.PATH = realPath;
  await rm(bin, { recursive: true, force: true });
});

async function command(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

/** A package manager that notes what it is asked, and puts a program of the package's name on PATH. */
async function packageManager(installs: string): Promise<void> {
  await symlink('/usr/bin/env', join(bin, 'env'));
  await command('sudo', 'shift; exec "$@"');
  await command('true', '');
  await command(
    'apt-get',
    `echo "apt-get $* at run level $RUNLEVEL" >> ${bin}/asked\n[ "$1" = update ] || { ${installs}; }`,
  );
  await command('service', `echo "service $*" >> ${bin}/asked`);
}

describe('the programs the tests need', () => {
  it('are left alone where they are on PATH', async () => {
    await command('redis-server', '');
    ensureCommands(['redis-server']);

    expect(onPath('redis-server')).toBe(join(bin, 'redis-server'));
  });

  it('are installed where that is allowed, without the service', async () => {
    const server = join(bin, 'redis-server');
    await packageManager(`: > ${server}; /bin/chmod 755 ${server}`);
    ensureCommands(['redis-server']);

    expect(onPath('redis-server')).toBe(server);
    const asked = (await readFile(join(bin, 'asked'), 'utf8')).trim().split('\n');
    expect(asked).toEqual([
      expect.stringMatching(/^apt-get update .* at run level 1$/),
      expect.stringMatching(/^apt-get install -y --no-install-recommends .* redis-server at run level 1$/),
      'service redis-server stop',
    ]);
  });

  it('are asked for in one line where they cannot be installed', () => {
    expect(() => ensureCommands(['redis-server', 'openssl'])).toThrow(/^The tests need redis-server and openssl .*$/);
  });

  it('are asked for when the installation fails', async () => {
    await packageManager('false');

    expect(() => ensureCommands(['redis-server'])).toThrow(/^The tests need redis-server .*$/);
  });
});
