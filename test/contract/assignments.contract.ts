import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  AssignmentReceiver,
  DirectorySkill,
  QueueReading,
  SkillsReading,
  WantedAssignments,
} from '../../src/contracts/agent-directory.js';
import { DirectoryPlatform, type DirectoryKind } from './directory-platform.js';
import { readList } from './agent-directory.contract.js';

/** How a directory names queues, and where its platform lists skills. */
export interface AssignmentsKind extends DirectoryKind {
  readonly queueId: (queue: number) => string;
  /** `agents`: the list of agents contains skills. `assignments`: a separate list does. */
  readonly skillsIn: 'agents' | 'assignments';
  /** A proficiency of the sandbox as the platform can express it. */
  readonly rounded: (proficiency: number) => number;
  /** Whether an incomplete list of members fails, or only shows nothing about missing agents. */
  readonly missingPage: 'queue fails' | 'reading fails';
}

class Collected implements AssignmentReceiver {
  readonly queues = new Map<string, QueueReading>();
  readonly failed: string[] = [];
  skillsReading: SkillsReading | undefined;

  queue(reading: QueueReading): Promise<void> {
    this.queues.set(reading.queueId, reading);
    return Promise.resolve();
  }

  queueFailed(queueId: string): void {
    this.failed.push(queueId);
  }

  skills(reading: SkillsReading): Promise<void> {
    this.skillsReading = reading;
    return Promise.resolve();
  }
}

/** The contract of reading queues and skills, against the sandbox over HTTP. */
export function assignmentsContract(kind: AssignmentsKind): void {
  describe(`assignments contract, ${kind.platform}`, () => {
    let platform: DirectoryPlatform;
    beforeEach(async () => {
      platform = await DirectoryPlatform.start(kind);
    });
    afterEach(() => platform.stop());

    const read = async (wanted: Partial<WantedAssignments>): Promise<Collected> => {
      const collected = new Collected();
      const defaults = { queues: [], knownQueues: [], skills: false };
      await platform.directory.readAssignments({ ...defaults, ...wanted }, collected);
      return collected;
    };
    const readQueue = async (queue: number): Promise<QueueReading | undefined> => {
      const queueId = kind.queueId(queue);
      return (await read({ queues: [queueId] })).queues.get(queueId);
    };
    const membersOf = (reading: QueueReading | undefined): string[] => [...(reading?.members.keys() ?? [])].toSorted();
    const idsOf = (numbers: readonly number[]): string[] => numbers.map((n) => kind.agentId(n)).toSorted();
    const skillsOf = async (n: number): Promise<readonly DirectorySkill[] | undefined> => {
      const id = kind.agentId(n);
      if (kind.skillsIn === 'assignments') return (await read({ skills: true })).skillsReading?.agents.get(id);
      return (await readList(platform)).agents.find(({ agentId }) => agentId === id)?.skills;
    };

    it('reads the members of a queue across pages, and confirms that they are all', async () => {
      await platform.control('PUT', 'agents', { count: 540 });
      const reading = await readQueue(21);
      // Every fifth agent is a member of queue 21. Inactive agents are members of no queue.
      const members = Array.from({ length: 540 }, (_, at) => at + 1).filter(
        (n) => [0, 3, 7, 12].some((step) => (n + step) % 20 === 0) && n % 100 !== 0,
      );
      expect(membersOf(reading)).toEqual(idsOf(members));
      expect(members.length).toBeGreaterThan(100);
      expect(reading).toMatchObject({ completeness: 'confirmed', startedMs: platform.clock.nowMs() });
    });

    it('reads all 40 queues', async () => {
      await platform.control('PUT', 'agents', { count: 60 });
      const { queues, failed } = await read({ queues: 'all' });
      const ids = Array.from({ length: 40 }, (_, at) => kind.queueId(at + 1));
      expect([...queues.keys()]).toEqual(expect.arrayContaining(ids));
      expect(failed).toEqual([]);
      for (const id of ids) expect(queues.get(id)?.completeness).toBe('confirmed');
    });

    it('reads what a supervisor changed, and tells members that have not joined', async () => {
      await platform.control('PUT', 'agents', { count: 60 });
      await platform.control('PUT', 'queues/1/members', { '2': true, '21': null, '41': false });
      const reading = await readQueue(1);
      const joined = [...(reading?.members ?? [])].filter(([, isJoined]) => isJoined).map(([id]) => id);
      expect(joined.toSorted()).toEqual(idsOf([1, 2]));
      expect(reading?.completeness).toBe('confirmed');
    });

    it('confirms an empty queue', async () => {
      await platform.control('PUT', 'agents', { count: 20 });
      await platform.control('PUT', 'queues/1/members', { '1': null });
      expect(await readQueue(1)).toMatchObject({ completeness: 'confirmed', members: new Map() });
    });

    it('shows nothing about a member that is left out of one page', async () => {
      await platform.control('PUT', 'agents', { count: 540 });
      await platform.control('PUT', `${kind.platform}/behaviour`, { brokenList: 'omittedEntry' });
      expect(await readQueue(21)).toMatchObject({ completeness: 'partial' });
    });

    it('ends nothing when a page is missing or the list is empty', async () => {
      await platform.control('PUT', 'agents', { count: 540 });
      const queueId = kind.queueId(21);
      await platform.control('PUT', `${kind.platform}/behaviour`, { brokenList: 'missingPage' });
      if (kind.missingPage === 'queue fails') expect((await read({ queues: [queueId] })).failed).toEqual([queueId]);
      else await expect(read({ queues: [queueId] })).rejects.toThrow();
      await platform.control('PUT', `${kind.platform}/behaviour`, { brokenList: 'empty' });
      await expect(read({ queues: 'all' })).rejects.toThrow();
    });

    it.each([
      ['fails with 500', { failureRate: 1, failureStatus: 500 }],
      ['refuses with 429', { failureRate: 1, failureStatus: 429 }],
      ['breaks off half-way', { closeHalfway: true }],
    ])('throws when the platform %s', async (_name, behaviour) => {
      await platform.control('PUT', `${kind.platform}/behaviour`, behaviour);
      await expect(read({ queues: 'all', skills: true })).rejects.toThrow();
    });

    it.each([
      ['another shape', { pong: true }],
      ['null', null],
      ['a list of another shape', { entities: [7], agentSkillAssignments: [7] }],
    ])('throws when the platform returns %s', async (_name, answer) => {
      await platform.answerFromScript((origin) => origin.answer(answer));
      await expect(read({ queues: 'all', skills: true })).rejects.toThrow();
    });

    it('reads nothing if nothing is wanted', async () => {
      expect(await read({})).toMatchObject({ queues: new Map(), failed: [], skillsReading: undefined });
      expect(await platform.calls()).toBe(0);
    });

    it('reads the date of hire of every agent across pages', async () => {
      await platform.control('PUT', 'agents', { count: 240 });
      const dates = new Map<string, string>();
      await platform.directory.readHireDates((page) => {
        for (const [agentId, hiredOn] of page) dates.set(agentId, hiredOn);
        return Promise.resolve();
      });
      for (const { agentId, hiredOn } of (await readList(platform)).agents)
        if (hiredOn !== undefined) dates.set(agentId, hiredOn);
      // Inactive agents are not listed.
      expect(dates.size).toBe(238);
      expect(dates.get(kind.agentId(7))).toBe('2012-08-08');
      expect(dates.get(kind.agentId(239))).toBe('2024-12-16');
    });

    it('reads the skills and languages of an agent with proficiencies from 0 to 5', async () => {
      await platform.control('PUT', 'agents', { count: 20 });
      const declared = (await platform.control('GET', 'agents/7/skills')) as Record<string, number>;
      const expected = Object.entries(declared).map(([name, level]) => ({ name, proficiency: kind.rounded(level) }));
      expect(await skillsOf(7)).toEqual(expect.arrayContaining(expected));
      await platform.control('PUT', 'agents/7/skills', { Spanish: 5, VIP: 0 });
      expect(await skillsOf(7)).toEqual(
        expect.arrayContaining([
          { name: 'Spanish', proficiency: 5 },
          { name: 'VIP', proficiency: 0 },
        ]),
      );
    });
  });
}
