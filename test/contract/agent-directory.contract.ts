import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryAgent, Listing } from '../../src/contracts/agent-directory.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { SystemClock } from '../../src/kernel/clock.js';
import type { ScriptedOrigin } from '../support/origin.js';
import { DirectoryPlatform, type DirectoryKind } from './directory-platform.js';

/** The sandbox starts with 250 agents. Agents 100 and 200 are inactive. */
const ACTIVE = Array.from({ length: 250 }, (_, index) => index + 1).filter((n) => n % 100 !== 0);
/** Every directory reads 100 agents per page, so these lists end before, at and after a page. */
const COUNTS = [0, 1, 99, 101, 102, 250];

export interface ReadList {
  readonly kind: Listing;
  readonly agents: readonly DirectoryAgent[];
}

/** Reads one list to its end. */
export async function readList({ directory }: Pick<DirectoryPlatform, 'directory'>): Promise<ReadList> {
  const agents: DirectoryAgent[] = [];
  const kind = await directory.list((page) => Promise.resolve(void agents.push(...page)));
  return { kind, agents };
}

/** Each change sets new times for routing status and presence. */
const CHANGES = [
  { name: 'free', n: 8, to: { routingStatus: 'IDLE', presence: 'On Queue' }, presence: 'free', routing: 'free' },
  { name: 'busy', n: 7, to: { routingStatus: 'INTERACTING', presence: 'On Queue' }, presence: 'free', routing: 'busy' },
  {
    name: 'logged out',
    n: 1,
    to: { routingStatus: 'OFF_QUEUE', presence: 'Offline' },
    presence: 'off',
    routing: 'off',
  },
];

/** Platform answers that a directory cannot read. */
const FAULTS: readonly (readonly [name: string, misbehave: (origin: ScriptedOrigin) => unknown])[] = [
  ['fails with 500', (origin) => origin.fail(500)],
  ['refuses with 429', (origin) => origin.fail(429)],
  ['returns no JSON', (origin) => origin.text('<html>maintenance</html>', 'text/html')],
  ['returns another shape', (origin) => origin.answer({ pong: true })],
  ['returns a list of another shape', (origin) => origin.answer({ entities: [7], agentStates: [7] })],
  ['returns null', (origin) => origin.answer(null)],
  ['breaks off half-way', (origin) => origin.closeHalfway()],
  ['resets the connection', (origin) => origin.resetOnRequest()],
  ['does not listen', (origin) => origin.refuse()],
];

/**
 * The contract of every agent directory, against the sandbox over HTTP. The directory's own clock
 * stands still in another year than the platform's, so that a reading shows whose time it has.
 */
export function agentDirectoryContract(kind: DirectoryKind): void {
  describe(`agent directory contract, ${kind.platform}`, () => {
    let platform: DirectoryPlatform;
    beforeEach(async () => {
      platform = await DirectoryPlatform.start(kind);
    });
    afterEach(() => platform.stop());

    const idsOf = (numbers: readonly number[]): string[] => numbers.map((n) => kind.agentId(n)).toSorted();
    /** A directory lists agents in any order. */
    const listedIds = ({ agents }: ReadList): string[] => agents.map(({ agentId }) => agentId).toSorted();
    const find = (n: number) => platform.directory.find(kind.agentId(n), new Deadline(new SystemClock(), Infinity));

    it('names its platform', () => {
      expect(platform.directory.platform).toBe(kind.platform);
    });

    describe('list', () => {
      it('lists every active agent exactly once across pages', async () => {
        const list = await readList(platform);
        expect(list.kind).toBe('all-agents');
        expect(listedIds(list)).toEqual(idsOf(ACTIVE));
      });

      it.each(COUNTS)('lists every active agent exactly once when the platform has %i agents', async (count) => {
        await platform.control('PUT', 'agents', { count });
        const list = await readList(platform);
        expect(list.kind).toBe('all-agents');
        expect(listedIds(list)).toEqual(idsOf(ACTIVE.filter((n) => n <= count)));
      });

      it('lists no agent that became inactive', async () => {
        await platform.control('PUT', 'agents/7', { state: 'inactive' });
        const list = await readList(platform);
        expect(listedIds(list)).toEqual(idsOf(ACTIVE.filter((n) => n !== 7)));
      });

      it('requests the next page only after the handler of the page has finished', async () => {
        const callsAtEndOfPage: number[] = [];
        await platform.directory.list(async () => {
          callsAtEndOfPage.push(await platform.calls());
        });
        expect(callsAtEndOfPage).toEqual([1, 2, 3]);
      });

      it('rejects with the error of the page handler, and requests no further page', async () => {
        const error = new Error('the store is unavailable');
        await expect(platform.directory.list(() => Promise.reject(error))).rejects.toBe(error);
        expect(await platform.calls()).toBe(1);
      });

      it.each(CHANGES)('reports that an agent is $name, since the platform’s own time', async (change) => {
        const { n, to, presence, routing } = change;
        const { routingSinceMs: atMs } = await platform.control('PUT', `agents/${n}`, to);
        const { agents } = await readList(platform);
        const parts = agents.find(({ agentId }) => agentId === kind.agentId(n))?.parts;
        expect(parts?.presence).toMatchObject({ availability: presence, atMs });
        expect(parts?.routing).toMatchObject({ availability: routing, atMs });
      });

      it.each(FAULTS)('throws when the platform %s on the first page', async (_name, misbehave) => {
        await platform.answerFromScript(misbehave);
        await expect(readList(platform)).rejects.toThrow();
      });

      it.each(FAULTS)('throws when the platform %s on a later page', async (_name, misbehave) => {
        const pages: number[] = [];
        const listing = platform.directory.list(async (page) => {
          pages.push(page.length);
          if (pages.length === 2) await platform.answerFromScript(misbehave);
        });
        await expect(listing).rejects.toThrow();
        expect(pages).toEqual([100, 100]);
      });

      it('throws when the platform returns 404 on a later page', async () => {
        const listing = platform.directory.list(() => platform.answerFromScript((origin) => origin.fail(404)));
        await expect(listing).rejects.toThrow();
      });

      it('lists all agents after a first list that was not read to its end', async () => {
        await expect(platform.directory.list(() => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
        const list = await readList(platform);
        expect(list.kind).toBe('all-agents');
        expect(listedIds(list)).toEqual(idsOf(ACTIVE));
      });

      it('lists an agent that changed before a list that was not read to its end', async () => {
        await readList(platform);
        await platform.control('PUT', 'agents/3', { routingStatus: 'INTERACTING' });
        await platform.control('PUT', `${kind.platform}/behaviour`, { closeHalfway: true });
        await expect(readList(platform)).rejects.toThrow();
        await platform.control('PUT', `${kind.platform}/behaviour`, { closeHalfway: false });
        expect(listedIds(await readList(platform))).toContain(kind.agentId(3));
      });
    });

    describe('find', () => {
      it.each([1, 6, 7, 8, 9, 249])('finds agent %i with the same readings as the list', async (n) => {
        const { agents } = await readList(platform);
        const listed = agents.find(({ agentId }) => agentId === kind.agentId(n));
        expect(await find(n)).toEqual(listed);
        expect(Object.keys(listed?.parts ?? {})).toContain('routing');
      });

      it('finds an agent with its wrap-up', async () => {
        await platform.control('PUT', 'agents/1', { wrapUps: 1 });
        const readings = Object.values((await find(1))?.parts ?? {});
        expect(readings.map(({ availability }) => availability)).toContain('busy');
      });

      it.each([251, 999_999])('returns undefined for the unknown agent %i', async (n) => {
        expect(await find(n)).toBeUndefined();
      });

      it.each(FAULTS)('throws when the platform %s', async (_name, misbehave) => {
        await platform.answerFromScript(misbehave);
        await expect(find(1)).rejects.toThrow();
      });
    });
  });
}
