import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/environment/read-environment.js';
import { loadConfig, sandboxWanted } from '../../../src/config/load-config.js';
import {
  DEVELOPMENT,
  FULL,
  httpSystemOf,
  loadText,
  NAMES,
  PRODUCTION,
  problemsOf,
} from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const SECRET = 'the-content-of-a-secret-file';
const { CRM_TOKEN: _crmToken, ...OTHERS } = NAMES;
const KEY = Buffer.alloc(32, 7).toString('base64');

describe('a secret in a file', () => {
  let folder: string;
  const written = (content: string | Uint8Array, name = 'secret'): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const kinds = (env: Record<string, string>) => kindsOf(() => loadText(FULL, { ...NAMES, ...env }));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'datadip-secrets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['a line break', `${SECRET}\n`, SECRET],
    ['a line break of Windows', `${SECRET}\r\n`, SECRET],
    ['two line breaks', `${SECRET}\n\n`, `${SECRET}\n`],
    ['a space', `${SECRET} `, `${SECRET} `],
    ['nothing more', SECRET, SECRET],
  ])('is read if it ends with %s', (_, content, value) => {
    expect(loadText(FULL, { ...NAMES, KEY_SECRET_FILE: written(content) }).keySecret).toBe(value);
  });

  it('is read for every variable of the environment that holds a secret', () => {
    const valid: Record<string, string> = {
      ...{ KEY_SECRET: SECRET, VALUE_KEYS: `k1:${KEY}`, REDIS_URL: 'redis://127.0.0.1:6379' },
      ...{ CRM_BASE_URL: 'http://127.0.0.1:9', KAFKA_PASSWORD: 'p' },
      ...{ KAFKA_TOKEN_URL: 'https://login.example.com/token', KAFKA_CLIENT_SECRET: 's' },
      ...{ GENESYS_LOGIN_URL: 'https://login.example.com', GENESYS_API_URL: 'https://api.example.com' },
      ...{ GENESYS_CLIENT_SECRET: 'genesys-secret' },
      ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=k' },
      ...{ HTTPS_PROXY: 'http://u:p@proxy.example.com:3128', HTTP_PROXY: 'http://u:p@proxy.example.com:3128' },
    };
    const secrets = ENVIRONMENT_VARIABLES.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    const files = secrets.map((name) => [`${name}_FILE`, written(`${valid[name] ?? `no value of ${name}`}\n`, name)]);
    const kafka = { KAFKA_BROKERS: '127.0.0.1:9092', REGION: 'us', GENESYS_CLIENT_ID: 'client' };
    const oauth = { KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_CLIENT_ID: 'datadip' };
    const env = { ...NAMES, ...kafka, ...oauth, ...Object.fromEntries(files) } as Record<string, string>;
    const { KAFKA_PASSWORD_FILE: passwordFile = '', ...rest } = env;
    const config = loadText(FULL, rest);
    expect(config).toMatchObject({ keySecret: SECRET, redis: { urls: ['redis://127.0.0.1:6379'] } });
    expect(config.valueKeys).toHaveLength(1);
    expect(config.regions?.kafka.sasl).toMatchObject({ clientSecret: 's' });
    const plain = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD_FILE: passwordFile };
    const { KAFKA_TOKEN_URL_FILE: _url, KAFKA_CLIENT_SECRET_FILE: _secret, KAFKA_CLIENT_ID: _id, ...others } = rest;
    expect(loadText(FULL, { ...others, ...plain }).regions?.kafka.sasl).toMatchObject({ password: 'p' });
  });

  it('is read for a variable of the YAML file', () => {
    const config = loadText(FULL, { ...OTHERS, CRM_TOKEN_FILE: written(`${SECRET}\n`) });
    expect(config.systems.get('crm')?.auth).toMatchObject({ token: SECRET });
  });

  it('replaces a variable that is set to an empty value', () => {
    expect(loadText(FULL, { ...NAMES, KEY_SECRET: '', KEY_SECRET_FILE: written(SECRET) }).keySecret).toBe(SECRET);
  });

  it('counts as the address of the CRM, so that no sandbox starts', () => {
    const env = { ...DEVELOPMENT, CRM_BASE_URL_FILE: written('http://127.0.0.1:9') };
    expect(sandboxWanted(env)).toBe(false);
    expect(httpSystemOf(loadConfig(env), 'crm').baseUrl).toBe('http://127.0.0.1:9');
  });

  it('is refused together with the variable', () => {
    const path = written(SECRET);
    expect(kinds({ KEY_SECRET: 'x', KEY_SECRET_FILE: path })).toEqual([
      {
        source: 'environment',
        key: 'KEY_SECRET_FILE',
        value: JSON.stringify(path),
        kind: 'file and value: KEY_SECRET',
      },
    ]);
    expect(kinds({ CRM_TOKEN_FILE: path })).toMatchObject([
      { key: 'CRM_TOKEN_FILE', kind: 'file and value: CRM_TOKEN' },
    ]);
  });

  it.each([
    ['does not exist', () => join(folder, 'nothing'), 'unreadable: no such file'],
    ['is below a file', () => join(written(SECRET), 'x'), 'unreadable: no such file'],
    ['is a directory', () => folder, 'unreadable: it is a directory'],
    ['is empty', () => written(''), 'empty file'],
    ['is a line break', () => written('\n'), 'empty file'],
    ['is too large', () => written('x'.repeat(65_537)), 'file too large: 65536'],
    ['never ends', () => '/dev/zero', 'unreadable: it is no regular file'],
    ['is not UTF-8', () => written(Buffer.from([0xff, 0xfe, 0x41])), 'not UTF-8'],
  ])('causes one problem if it %s', (_, path, kind) => {
    const file = path();
    const problem = { source: 'environment', value: JSON.stringify(file), kind };
    expect(kinds({ ...PRODUCTION, KEY_SECRET: '', KEY_SECRET_FILE: file })).toEqual([
      { ...problem, key: 'KEY_SECRET_FILE' },
    ]);
    expect(kindsOf(() => loadText(FULL, { ...OTHERS, CRM_TOKEN_FILE: file }))).toEqual([
      { ...problem, key: 'CRM_TOKEN_FILE' },
    ]);
  });

  it('causes one problem, without a wait, if it is a pipe', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(kinds({ KEY_SECRET_FILE: pipe })).toMatchObject([{ kind: 'unreadable: it is no regular file' }]);
  });

  it('causes one problem if no permission allows to read it', () => {
    const file = written(SECRET, 'forbidden');
    chmodSync(file, 0);
    const isRoot = process.getuid?.() === 0;
    expect(kinds({ KEY_SECRET_FILE: file })).toMatchObject(
      isRoot ? [] : [{ kind: 'unreadable: no permission to read it' }],
    );
  });

  it('names the file, and never the content, if the value is wrong', () => {
    const path = written(`${SECRET}\n`);
    const problems = problemsOf(() => loadText(FULL, { ...NAMES, REDIS_URL_FILE: path, VALUE_KEYS_FILE: path }));
    expect(problems).toMatchObject([
      { key: 'VALUE_KEYS_FILE', value: JSON.stringify(path) },
      { key: 'REDIS_URL_FILE', value: JSON.stringify(path) },
    ]);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  it('is not opened for a variable that nothing reads', () => {
    mkdirSync(join(folder, 'other'), { recursive: true });
    expect(kinds({ SOME_OTHER_FILE: join(folder, 'other'), PORT_FILE: join(folder, 'other') })).toEqual([]);
  });
});
