import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureCommands, onPath } from '../support/find-redis.js';

const realPath = process.env.PATH;
let bin: string;

// PATH contains only the commands of the test, so that no test can run the real package manager.
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

/**
 * Creates a package manager that logs its commands. `installs` is the script of an installation.
 */
async function packageManager(installs: string): Promise<void> {
  await symlink('/usr/bin/env', join(bin, 'env'));
  await command('sudo', 'shift; exec "$@"');
  await command('true', '');
  await command(
    'apt-get',
    `echo "apt-get $* at run level $RUNLEVEL" >> ${bin}/commands\n[ "$1" = update ] || { ${installs}; }`,
  );
  await command('service', `echo "service $*" >> ${bin}/commands`);
}

describe('the programs that the tests need', () => {
  it('are not installed if they are on PATH', async () => {
    await command('redis-server', '');
    ensureCommands(['redis-server']);

    expect(onPath('redis-server')).toBe(join(bin, 'redis-server'));
  });

  it('are installed without their service if this user may install packages', async () => {
    const server = join(bin, 'redis-server');
    await packageManager(`: > ${server}; /bin/chmod 755 ${server}`);
    ensureCommands(['redis-server']);

    expect(onPath('redis-server')).toBe(server);
    const commands = (await readFile(join(bin, 'commands'), 'utf8')).trim().split('\n');
    expect(commands).toEqual([
      expect.stringMatching(/^apt-get update .* at run level 1$/),
      expect.stringMatching(/^apt-get install -y --no-install-recommends .* redis-server at run level 1$/),
      'service redis-server stop',
    ]);
  });

  it('are named in a one-line error if this user may not install packages', () => {
    expect(() => ensureCommands(['redis-server', 'openssl'])).toThrow(/^The tests need redis-server and openssl .*$/);
  });

  it('are named in a one-line error if the installation fails', async () => {
    await packageManager('false');

    expect(() => ensureCommands(['redis-server'])).toThrow(/^The tests need redis-server .*$/);
  });
});
