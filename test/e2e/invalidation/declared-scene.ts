import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { raw, type HttpAnswer } from '../../support/http.js';
import { ADA, BOB } from './crm.js';
import { Scene } from './scene.js';
import { API_KEY, CALLERS, WEBHOOKS, type Headers } from './senders.js';

export const KEY = { 'X-API-Key': API_KEY };
export const BIG_ID = '9007199254740993';
export const zendeskBody = (): string => JSON.stringify({ detail: { id: ADA.id }, salt: randomUUID() });
export const stripeBody = JSON.stringify({ data: { object: { id: ADA.id, merged: [BOB.id, ADA.id] } } });
export const gitHubBody = JSON.stringify({ value: [{ customer: { id: ADA.id } }] });

/** A region with declared webhooks, and requests with the credentials of senders. */
export class DeclaredScene {
  private constructor(readonly scene: Scene) {}

  static async open(): Promise<DeclaredScene> {
    const scene = await Scene.open({
      store: 'memory',
      declared: { callers: CALLERS, webhooks: WEBHOOKS },
      env: { NODE_ENV: 'production' },
    });
    scene.crm.add({ ...ADA, id: BIG_ID, phone: '+15550019', mobile: '+15551119', email: 'big@example.com' });
    return new DeclaredScene(scene);
  }

  stop(): Promise<void> {
    return this.scene.stop();
  }

  send(name: string, body: string, headers: Headers = {}): Promise<HttpAnswer> {
    return raw('POST', `${this.scene.process().url}/webhook/${name}`, body, { ...headers });
  }

  /** Looks a customer up, and returns the source of the answer. */
  async ask(customerId: string): Promise<unknown> {
    const url = `${this.scene.process().url}/lookup/profile`;
    const { json } = await raw('POST', url, JSON.stringify({ customerId }), KEY);
    await this.scene.settled();
    return json?.source;
  }

  /** Looks customers up until their entries are stored. */
  async stored(...ids: string[]): Promise<void> {
    for (const id of ids) {
      await this.ask(id);
      expect(await this.ask(id)).toBe('cache');
    }
  }
}
