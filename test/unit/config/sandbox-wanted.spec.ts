import { describe, expect, it } from '@jest/globals';
import { loadConfig, sandboxWanted } from '../../../src/config/load-config.js';
import { DEVELOPMENT, FULL, httpSystemOf, loadText, NAMES } from '../../fixtures/config/load-text.js';

const SANDBOX = { sandbox: { url: 'http://127.0.0.1:4000' } };

describe('sandboxWanted', () => {
  it.each([
    [DEVELOPMENT, true],
    [{ ...DEVELOPMENT, SANDBOX: '' }, true],
    [{ ...DEVELOPMENT, SANDBOX: 'auto' }, true],
    [{ ...DEVELOPMENT, DATADIP_CONFIG: '', CRM_BASE_URL: '' }, true],
    [{}, false],
    [{ NODE_ENV: '' }, false],
    [{ NODE_ENV: 'test' }, false],
    [{ NODE_ENV: 'Development' }, false],
    [{ NODE_ENV: 'production' }, false],
    [{ ...DEVELOPMENT, DATADIP_CONFIG: 'datadip.yaml' }, false],
    [{ ...DEVELOPMENT, CRM_BASE_URL: 'http://crm' }, false],
    [{ SANDBOX: 'on', DATADIP_CONFIG: 'datadip.yaml', CRM_BASE_URL: 'http://crm' }, true],
    [{ SANDBOX: 'on', NODE_ENV: 'production' }, true],
    [{ SANDBOX: 'off' }, false],
    [{ SANDBOX: 'maybe' }, false],
  ])('of %j is %s', (env, wanted) => expect(sandboxWanted(env)).toBe(wanted));
});

describe('the sandbox', () => {
  it('is on where it runs, and is the CRM of the file', () => {
    const config = loadConfig(DEVELOPMENT, SANDBOX);
    expect(config.sandbox).toBe(true);
    expect(httpSystemOf(config, 'crm').baseUrl).toBe('http://127.0.0.1:4000');
  });

  it('gives way to a CRM the environment names', () => {
    const config = loadConfig({ ...DEVELOPMENT, SANDBOX: 'on', CRM_BASE_URL: 'http://crm.example.com' }, SANDBOX);
    expect(config.sandbox).toBe(true);
    expect(httpSystemOf(config, 'crm').baseUrl).toBe('http://crm.example.com');
  });

  it('is off where it does not run and is not wanted', () => {
    expect(loadText(FULL, NAMES).sandbox).toBe(false);
  });
});
