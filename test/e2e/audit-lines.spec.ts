import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { OwnedProcess } from '../support/owned-process.js';
import { head, RawConnection } from '../support/raw-connection.js';
import { aboutAda, newPhone } from './stage.js';

const ROOT = resolve(import.meta.dirname, '../..');
const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'invalidate'] } };
const KEY = { 'x-api-key': 'key-of-desk' };
const DIPS = 40;
const STARTS_WITHIN_MS = 45_000;

type Line = Record<string, unknown>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function scriptedOrigin(): Promise<ScriptedOrigin> {
  const origin = await startOrigin(aboutAda);
  closing.push(() => origin.stop());
  return origin;
}

/** A process whose output the test reads or does not read. */
class UnreadProcess {
  private written = '';
  private readonly process: OwnedProcess;

  constructor(scratch: string) {
    const { PATH = '', HOME = '' } = process.env;
    const own = { PORT: '0', HOST: '127.0.0.1', WARM_UP: 'off', KEY_SECRET: randomUUID(), SANDBOX: 'off' };
    const env = { PATH, HOME, DATADIP_CONFIG: join(scratch, 'datadip.yaml'), ...own };
    this.process = new OwnedProcess(process.execPath, ['dist/main.js'], { scratch, cwd: ROOT, env, output: 'pipe' });
    for (const output of this.process.outputs) output.on('data', (piece: Buffer) => (this.written += piece.toString()));
    closing.push(async () => {
      this.read();
      await this.process.kill();
      await rm(scratch, { recursive: true, force: true });
    });
  }

  async url(): Promise<string> {
    const port = await eventually(
      () => /"port":(\d+).*"msg":"ready"/s.exec(this.written)?.[1] ?? Promise.reject(new Error(this.written)),
      { withinMs: STARTS_WITHIN_MS },
    );
    return `http://127.0.0.1:${port}`;
  }

  stopReading(): void {
    this.process.outputs.forEach((output) => void output.pause());
  }

  read(): void {
    this.process.outputs.forEach((output) => void output.resume());
  }

  lines(): Line[] {
    const complete = this.written.slice(0, this.written.lastIndexOf('\n') + 1).split('\n');
    return complete.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  }
}

async function startUnread(yaml: string): Promise<UnreadProcess> {
  const scratch = await mkdtemp(join(tmpdir(), 'datadip-audit-'));
  await writeFile(join(scratch, 'datadip.yaml'), yaml);
  return new UnreadProcess(scratch);
}

/** Sends anonymous requests in pipelines, and reads the answers. */
async function flood(url: string, requests: number): Promise<void> {
  const perConnection = 500;
  const noise = head('GET', '/nothing', { 'X-Request-Id': 'x'.repeat(128) });
  for (let sent = 0; sent < requests; sent += perConnection) {
    const connection = new RawConnection(url);
    await connection.send(noise.repeat(perConnection));
    await connection.answers(perConnection);
    connection.end();
  }
}

describe('audit lines', () => {
  it('all audit lines are written later when the reader stands still, whatever strangers send', async () => {
    const origin = await scriptedOrigin();
    const datadip = await startUnread(declaration(origin.url, { callers: CALLERS }));
    const url = await datadip.url();
    datadip.stopReading();
    await flood(url, 26_000);
    const phones = Array.from({ length: DIPS }, newPhone);
    for (const phone of phones)
      expect((await get(`${url}/lookup/customer?ani=%2B${phone.slice(1)}`, KEY)).status).toBe(200);
    expect((await raw('POST', `${url}/webhook/customer-updated`, `{"customerId":"${ADA.id}"}`, KEY)).status).toBe(200);
    datadip.read();

    const lost = await eventually(() => {
      const reported = datadip.lines().filter(({ room, lines }) => room === 'anonymous' && typeof lines === 'number');
      expect(reported.length).toBeGreaterThan(0);
      expect(datadip.lines().filter(({ audit }) => audit !== undefined)).toHaveLength(DIPS + 1);
      return reported.reduce((sum, { lines }) => sum + Number(lines), 0);
    });
    const audit = datadip.lines().filter(({ audit: kind }) => kind !== undefined);
    expect(audit.map(({ seq }) => seq)).toEqual(Array.from({ length: DIPS + 1 }, (_, at) => at + 1));
    expect(new Set(audit.map(({ instance }) => instance)).size).toBe(1);
    expect(audit.filter((line) => line.audit === 'dip' && line.caller === 'desk')).toHaveLength(DIPS);
    expect(audit.at(-1)).toMatchObject({ audit: 'invalidation', caller: 'desk' });
    await eventually(() => {
      const written = datadip.lines().filter(({ route, msg }) => msg === 'request' && route === 'unmatched');
      expect(written.length + lost).toBe(26_000);
    });
  }, 120_000);

  it.each(['error', 'silent'])(
    'audit lines are written at LOG_LEVEL=%s, and other access lines are not',
    async (level) => {
      const origin = await scriptedOrigin();
      const app = await startApp(declaration(origin.url, { callers: CALLERS }), { LOG_LEVEL: level });
      closing.push(() => app.stop());
      await get(`${app.url}/health`);
      await get(`${app.url}/lookup/customer?ani=15550017`);
      await get(`${app.url}/lookup/customer?ani=15550017`, KEY);
      await raw('POST', `${app.url}/webhook/customer-updated`, `{"customerId":"${ADA.id}"}`, KEY);
      await eventually(() =>
        expect(app.logs).toMatchObject([
          { audit: 'dip', seq: 1, caller: 'desk', lookup: 'customer', cache: 'MISS' },
          { audit: 'invalidation', seq: 2, caller: 'desk', invalidated: 1 },
        ]),
      );
    },
  );
});
