import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
}

/** What `npm ci --omit=dev` puts into the production image. */
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([name]) => name !== '');
const shipped = locked.filter(([, { dev = false, devOptional = false }]) => !dev && !devOptional);
const namesOf = (packages: typeof locked): string[] => packages.map(([name]) => name);

/** Those npm would run something of when it installs them, as the lock has it and as they themselves do. */
function running(packages: typeof locked): string[] {
  return namesOf(packages.filter(([name, { hasInstallScript }]) => hasInstallScript === true || runsByItself(name)));
}

function runsByItself(name: string): boolean {
  const at = (file: string): URL => new URL(`../../${name}/${file}`, import.meta.url);
  if (!existsSync(at('package.json'))) return false;
  const { scripts = {} } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { scripts?: Record<string, string> };
  // What npm builds when no script says how.
  const builds = existsSync(at('binding.gyp'));
  return builds || ['preinstall', 'install', 'postinstall'].some((when) => when in scripts);
}

describe('the dependency tree', () => {
  it('of the production image runs nothing when it is installed', () => {
    expect(shipped.length).toBeGreaterThan(50);
    expect(running(shipped)).toEqual([]);
  });

  it('of development runs what is allowed to, and what is not would be seen', () => {
    expect(running(locked)).toContain('node_modules/node');
    for (const [name, lockedAs] of locked)
      if (lockedAs.hasInstallScript === true) expect(namesOf(shipped)).not.toContain(name);
  });

  it('is held to what it was by digests', () => {
    expect(namesOf(locked.filter(([, { integrity }]) => !(integrity ?? '').startsWith('sha512-')))).toEqual([]);
  });

  it('names no registry: each installs from its own', () => {
    expect(namesOf(locked.filter(([, { resolved }]) => resolved !== undefined))).toEqual([]);
  });
});
