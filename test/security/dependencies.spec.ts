import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
}

/** The packages that `npm ci` installs. The production image omits the development packages. */
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([name]) => name !== '');
const shipped = locked.filter(([, { dev = false, devOptional = false }]) => !dev && !devOptional);
const namesOf = (packages: typeof locked): string[] => packages.map(([name]) => name);

/** Returns the packages with install scripts, by the lock file or by their own `package.json`. */
function withInstallScript(packages: typeof locked): string[] {
  return namesOf(
    packages.filter(([name, { hasInstallScript }]) => hasInstallScript === true || hasOwnInstallScript(name)),
  );
}

function hasOwnInstallScript(name: string): boolean {
  const at = (file: string): URL => new URL(`../../${name}/${file}`, import.meta.url);
  if (!existsSync(at('package.json'))) return false;
  const { scripts = {} } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { scripts?: Record<string, string> };
  // npm builds a `binding.gyp` even without an install script.
  const builds = existsSync(at('binding.gyp'));
  return builds || ['preinstall', 'install', 'postinstall'].some((when) => when in scripts);
}

describe('the dependency tree', () => {
  it('runs no install script of a production dependency', () => {
    expect(shipped.length).toBeGreaterThan(50);
    expect(withInstallScript(shipped)).toEqual([]);
  });

  it('keeps packages with install scripts out of the production image, and detects such packages', () => {
    expect(withInstallScript(locked)).toContain('node_modules/node');
    for (const [name, lockedAs] of locked)
      if (lockedAs.hasInstallScript === true) expect(namesOf(shipped)).not.toContain(name);
  });

  it('locks every package by a SHA-512 digest', () => {
    expect(namesOf(locked.filter(([, { integrity }]) => !(integrity ?? '').startsWith('sha512-')))).toEqual([]);
  });

  it('locks no registry address, so that each machine uses its own registry', () => {
    expect(namesOf(locked.filter(([, { resolved }]) => resolved !== undefined))).toEqual([]);
  });
});
