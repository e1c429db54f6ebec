import { expect } from '@jest/globals';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import type { TestApp } from '../../support/app.js';
import type { DeclarationChanges } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { get, type HttpAnswer } from '../../support/http.js';
import { Region, startRegion, type RegionOptions } from '../../support/region.js';
import { ADA, BOB, Crm, type Person } from './crm.js';

export interface SceneOptions extends Pick<RegionOptions, 'store' | 'env'> {
  readonly declared?: DeclarationChanges;
}

/** How somebody is asked for. */
export type Way = 'phone' | 'mobile' | 'email' | 'id';
/** All of them: as many entries of one customer. */
export const WAYS: readonly Way[] = ['phone', 'mobile', 'email', 'id'];

/** Patient, because the machine may be slow and none of these is what the tests are about. */
const PATIENT = { REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '15000' };
const SLOW_ORIGIN = { timeoutMs: 15_000 };

/** A region with a CRM behind it, and the requests that look up or invalidate its customers. */
export class Scene extends Region<TestApp> {
  private constructor(
    region: Region<TestApp>,
    readonly crm: Crm,
  ) {
    super(region);
  }

  static async open({ store, declared, env }: SceneOptions): Promise<Scene> {
    const crm = new Crm();
    const region = await startRegion({
      ...(store === undefined ? {} : { store }),
      origin: crm.answer,
      declaration: { ...declared, system: { ...SLOW_ORIGIN, ...declared?.system } },
      env: { ...PATIENT, ...env },
    });
    return new Scene(region, crm);
  }

  /** Asks for Ada. */
  ask(way: Way = 'phone', at = 0): Promise<HttpAnswer> {
    return this.post(pathOf(way), inputOf(way, ADA), at);
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
      for (const { app } of this.processes) expect(app.get(StampedeGuard).runningLoads).toBe(0);
    });
  }

  /** Asks for Bob by phone. */
  askForBob(at = 0): Promise<HttpAnswer> {
    return this.post(pathOf('phone'), inputOf('phone', BOB), at);
  }

  /** Says that Ada has changed, or whoever the event names. */
  forget(event: Record<string, unknown> = {}, at = 0): Promise<HttpAnswer> {
    return this.post('/webhook/customer-updated', { customerId: ADA.id, tenantId: '10001', ...event }, at);
  }

  /** The same, where it is a step on the way and not what is looked at. */
  async mustForget(event: Record<string, unknown> = {}, at = 0): Promise<void> {
    expect(await this.forget(event, at)).toMatchObject({ status: 200 });
  }

  eventBridge(envelope: unknown, at = 0): Promise<HttpAnswer> {
    return this.post('/webhook/eventbridge', envelope, at);
  }

  /** The audit lines of all processes. */
  get audits(): Record<string, unknown>[] {
    return this.logs.filter(({ msg }) => msg === 'audit');
  }

  /** How often `datadip_invalidations_total` counted this outcome, in all processes. */
  async counted(source: 'webhook' | 'eventbridge', outcome: string): Promise<number> {
    const pages = await Promise.all(this.processes.map(({ url }) => get(`${url}/metrics`)));
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
