import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StampedeGuard } from '../../src/cache/stampede-guard.js';
import { startApp, type TestApp } from '../support/app.js';
import { declaration, type DeclarationChanges } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { ADA, BOB, Crm, type Person } from './crm.js';

export interface SceneOptions {
  /** Where each process finds the store; the empty text is the store inside the process. One process each. */
  readonly stores: readonly string[];
  readonly declared?: DeclarationChanges;
  /** Added to the environment of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How somebody is asked for. */
export type Way = 'phone' | 'mobile' | 'email' | 'id';
/** All of them: as many entries of one customer. */
export const WAYS: readonly Way[] = ['phone', 'mobile', 'email', 'id'];

/** Patient, because the machine may be slow and none of these is what the tests are about. */
const PATIENT = { REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '15000' };
const SLOW_ORIGIN = { timeoutMs: 15_000 };

/** Some processes of one region, a CRM behind them, and the words the tests use for what happens. */
export class Scene {
  private constructor(
    readonly origin: ScriptedOrigin,
    readonly crm: Crm,
    readonly apps: readonly TestApp[],
  ) {}

  static async open({ stores, declared, env }: SceneOptions): Promise<Scene> {
    const crm = new Crm();
    const origin = await startOrigin(crm.answer);
    const yaml = declaration(origin.url, { ...declared, system: { ...SLOW_ORIGIN, ...declared?.system } });
    const region = { KEY_SECRET: randomUUID(), REGION: randomUUID().slice(0, 8), ...PATIENT, ...env };
    const apps = await Promise.all(
      stores.map((url) => startApp(yaml, { ...region, ...(url === '' ? {} : { REDIS_URL: url }) })),
    );
    return new Scene(origin, crm, apps);
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.origin.stop();
  }

  app(at = 0): TestApp {
    const app = this.apps[at];
    if (app === undefined) throw new RangeError(`there is no process ${at}`);
    return app;
  }

  /** Asks for Ada. */
  ask(way: Way = 'phone', at = 0): Promise<HttpAnswer> {
    return post(`${this.app(at).url}${pathOf(way)}`, inputOf(way, ADA));
  }

  /** Asks for Ada, and waits until the answer has been kept: that happens behind it. */
  async keep(way: Way = 'phone', at = 0): Promise<HttpAnswer> {
    const answer = await this.ask(way, at);
    await this.settled();
    return answer;
  }

  /** Every load has landed, and has been kept or not. */
  async settled(): Promise<void> {
    await eventually(() => {
      for (const { app } of this.apps) expect(app.get(StampedeGuard).runningLoads).toBe(0);
    });
  }

  /** Asks for Bob by phone. */
  askForBob(at = 0): Promise<HttpAnswer> {
    return post(`${this.app(at).url}${pathOf('phone')}`, inputOf('phone', BOB));
  }

  /** Says that Ada has changed, or whoever the event names. */
  forget(event: Record<string, unknown> = {}, at = 0): Promise<HttpAnswer> {
    return post(`${this.app(at).url}/webhook/customer-updated`, { customerId: ADA.id, tenantId: '10001', ...event });
  }

  /** The same, where it is a step on the way and not what is looked at. */
  async mustForget(event: Record<string, unknown> = {}, at = 0): Promise<void> {
    expect(await this.forget(event, at)).toMatchObject({ status: 200 });
  }

  eventBridge(envelope: unknown, at = 0): Promise<HttpAnswer> {
    return post(`${this.app(at).url}/webhook/eventbridge`, envelope);
  }

  /** The audit lines of all processes. */
  get audits(): Record<string, unknown>[] {
    return this.apps.flatMap(({ logs }) => logs).filter(({ msg }) => msg === 'audit');
  }

  /** How often `datadip_invalidations_total` counted this outcome, in all processes. */
  async counted(source: 'webhook' | 'eventbridge', outcome: string): Promise<number> {
    const pages = await Promise.all(this.apps.map(({ url }) => get(`${url}/metrics`)));
    const line = new RegExp(`^datadip_invalidations_total\\{source="${source}",outcome="${outcome}"\\} (\\d+)$`, 'm');
    return pages.reduce((sum, { text }) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
  }
}

function pathOf(way: Way): string {
  return way === 'id' ? '/lookup/profile' : '/lookup/customer';
}

function inputOf(way: Way, { id, phone, mobile, email }: Person): Record<string, string> {
  switch (way) {
    case 'phone':
      return { ani: phone };
    case 'mobile':
      return { ani: mobile };
    case 'email':
      return { email };
    case 'id':
      return { customerId: id };
  }
}
