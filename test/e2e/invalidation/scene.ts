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

/** The input of a lookup. */
export type Input = 'phone' | 'mobile' | 'email' | 'id';
/** All inputs. Each input has a separate entry of the same customer. */
export const INPUTS: readonly Input[] = ['phone', 'mobile', 'email', 'id'];

/** Long limits for a slow machine, because no test is about these limits. */
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

  /** Looks Ada up. */
  ask(input: Input = 'phone', at = 0): Promise<HttpAnswer> {
    return this.post(pathOf(input), inputOf(input, ADA), at);
  }

  /**
   * Looks Ada up, and waits until the entry is stored: Datadip stores an entry after it answers.
   */
  async askAndStore(input: Input = 'phone', at = 0): Promise<HttpAnswer> {
    const answer = await this.ask(input, at);
    await this.settled();
    return answer;
  }

  /** Waits until no load is running. */
  async settled(): Promise<void> {
    await eventually(() => {
      for (const { app } of this.processes) expect(app.get(StampedeGuard).runningLoads).toBe(0);
    });
  }

  /** Looks Bob up by phone. */
  askForBob(at = 0): Promise<HttpAnswer> {
    return this.post(pathOf('phone'), inputOf('phone', BOB), at);
  }

  /** Sends an event to the webhook. By default, Ada has changed. */
  invalidate(event: Record<string, unknown> = {}, at = 0): Promise<HttpAnswer> {
    return this.post('/webhook/customer-updated', { customerId: ADA.id, tenantId: '10001', ...event }, at);
  }

  /** Sends an event to the webhook, and fails if the response is not 200. */
  async mustInvalidate(event: Record<string, unknown> = {}, at = 0): Promise<void> {
    expect(await this.invalidate(event, at)).toMatchObject({ status: 200 });
  }

  eventBridge(envelope: unknown, at = 0): Promise<HttpAnswer> {
    return this.post('/webhook/eventbridge', envelope, at);
  }

  /** The audit lines of all processes. */
  get audits(): Record<string, unknown>[] {
    return this.logs.filter(({ msg }) => msg === 'audit');
  }

  /** How often `datadip_invalidations_total` counted this outcome, in all processes. */
  counted(source: 'webhook' | 'eventbridge', outcome: string): Promise<number> {
    return this.countedBy({}, source, outcome);
  }

  /** The same, with the credentials of a caller that may read the metrics. */
  async countedBy(headers: Record<string, string>, source: string, outcome: string): Promise<number> {
    const pages = await Promise.all(this.processes.map(({ url }) => get(`${url}/metrics`, headers)));
    const line = new RegExp(`^datadip_invalidations_total\\{source="${source}",outcome="${outcome}"\\} (\\d+)$`, 'm');
    return pages.reduce((sum, { text }) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
  }
}

function pathOf(input: Input): string {
  return input === 'id' ? '/lookup/profile' : '/lookup/customer';
}

function inputOf(input: Input, { id, phone, mobile, email }: Person): Record<string, string> {
  switch (input) {
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
