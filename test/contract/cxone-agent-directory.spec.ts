import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueReading } from '../../src/contracts/agent-directory.js';
import { proficiencyOf } from '../../src/vendors/cxone/cxone-assignments.js';
import { CxoneAgentDirectory } from '../../src/vendors/cxone/cxone-agent-directory.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { post } from '../support/http.js';
import { agentDirectoryContract, readList } from './agent-directory.contract.js';
import { assignmentsContract } from './assignments.contract.js';
import { DirectoryPlatform, type DirectoryKind } from './directory-platform.js';

const FULL_LIST_INTERVAL_MS = 60_000;
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const CXONE: DirectoryKind = {
  platform: 'cxone',
  basePath: '/inContactAPI/services/v27.0',
  agentId: String,
  logIn: async (url) => (await post(`${url}/authentication/v1/token/access-key`, KEY)).json?.access_token,
  open: (api, clock) => new CxoneAgentDirectory(api, clock, FULL_LIST_INTERVAL_MS, true),
};

agentDirectoryContract(CXONE);
assignmentsContract({
  ...CXONE,
  queueId: (queue) => String(1000 + queue),
  skillsIn: 'assignments',
  // CXone has 20 levels. The sandbox rounds to the nearest one.
  rounded: (proficiency) => proficiencyOf(Math.round(20 - (proficiency * 19) / 5)),
  missingPage: 'reading fails',
});

describe('skill assignments of CXone', () => {
  it.each([
    [1, 5],
    [20, 0],
    [2, 4.74],
    [10, 2.63],
  ])('give the proficiency %d as %d', (level, proficiency) => {
    expect(proficiencyOf(level)).toBe(proficiency);
  });

  const assignment = { agentId: 7, skillId: 3, skillName: 'VIP', agentProficiencyValue: 1 };
  it.each([
    ['counts an assignment without flags', [assignment], 1, [['7', true]], 'confirmed'],
    ['ends an inactive assignment', [{ ...assignment, isActive: false }], 1, [['7', false]], 'confirmed'],
    [
      'ends an assignment to an inactive skill',
      [{ ...assignment, isSkillActive: 'False' }],
      1,
      [['7', false]],
      'confirmed',
    ],
    ['does not confirm a list without a total', [assignment], undefined, [['7', true]], 'unconfirmed'],
    ['ends nothing if an assignment is listed twice', [assignment, assignment], 2, [['7', true]], 'partial'],
  ] as const)('%s', async (_name, agentSkillAssignments, totalRecords, members, completeness) => {
    const platform = await DirectoryPlatform.start(CXONE);
    try {
      await platform.answerFromScript((origin) =>
        origin.answer(({ url }: { readonly url: string }) =>
          url.includes('skip=0')
            ? { agentSkillAssignments, totalRecords }
            : { agentSkillAssignments: [], totalRecords },
        ),
      );
      const readings: QueueReading[] = [];
      await platform.directory.readAssignments(
        { queues: ['3'], knownQueues: [], skills: false },
        {
          queue: (reading) => Promise.resolve(void readings.push(reading)),
          queueFailed: () => undefined,
          skills: () => Promise.resolve(),
        },
      );
      expect(readings).toMatchObject([{ queueId: '3', completeness, members: new Map(members) }]);
    } finally {
      await platform.stop();
    }
  });

  it.each([
    [{ ...assignment, agentProficiencyValue: 0 }],
    [{ ...assignment, agentProficiencyValue: null }],
    [{ ...assignment, agentId: undefined }],
    [{ ...assignment, skillName: '' }],
  ])('throw as %j', async (broken) => {
    const platform = await DirectoryPlatform.start(CXONE);
    try {
      await platform.answerFromScript((origin) => origin.answer({ agentSkillAssignments: [broken], totalRecords: 1 }));
      const nothing = { queue: () => Promise.resolve(), queueFailed: () => undefined, skills: () => Promise.resolve() };
      const wanted = { queues: 'all', knownQueues: [], skills: true } as const;
      await expect(platform.directory.readAssignments(wanted, nothing)).rejects.toThrow();
    } finally {
      await platform.stop();
    }
  });
});

describe('CxoneAgentDirectory', () => {
  let platform: DirectoryPlatform;
  beforeEach(async () => {
    platform = await DirectoryPlatform.start(CXONE);
  });
  afterEach(() => platform.stop());

  const list = () => readList(platform);

  it('lists only the changed agents after a list that was read to its end', async () => {
    expect(await list()).toMatchObject({ kind: 'all-agents' });
    expect(await list()).toEqual({ kind: 'changed-agents', agents: [] });
    await platform.control('PUT', 'agents/3', { routingStatus: 'INTERACTING' });
    const changed = await list();
    expect(changed).toMatchObject({ kind: 'changed-agents', agents: [{ agentId: '3' }] });
    expect(changed.agents).toHaveLength(1);
  });

  it('lists all agents again after the full-list interval', async () => {
    await list();
    platform.clock.advance(FULL_LIST_INTERVAL_MS - 1);
    expect(await list()).toMatchObject({ kind: 'changed-agents' });
    platform.clock.advance(1);
    const full = await list();
    expect(full.kind).toBe('all-agents');
    expect(full.agents).toHaveLength(248);
  });

  it('reads an answer without a body as a list without changes', async () => {
    await list();
    await platform.answerFromScript((origin) => origin.fail(204));
    expect(await list()).toEqual({ kind: 'changed-agents', agents: [] });
  });

  it('keeps all digits of an agent id that is a number, and reads times without a zone as UTC', async () => {
    const state = '"agentStateId":"1","startDate":"2026-01-31T09:30:45"';
    const agents = ['9007199254740992', '9007199254740993'].map((id) => `{"agentId":${id},${state}}`);
    const page = `{"totalRecords":"2","agentStates":[${agents.join()}]}`;
    await platform.answerFromScript((origin) => origin.text(page, 'application/json'));
    const { agents: read } = await list();
    expect(read.map(({ agentId }) => agentId)).toEqual(['9007199254740992', '9007199254740993']);
    expect(read[0]?.parts.presence?.atMs).toBe(Date.UTC(2026, 0, 31, 9, 30, 45));
  });

  it('returns an agent in an unknown state without readings, so that it does not count as gone', async () => {
    const unknown = { agentId: 3, agentStateId: 99, startDate: new Date().toISOString() };
    await platform.answerFromScript((origin) => origin.answer({ agentStates: [unknown] }));
    expect(await list()).toEqual({ kind: 'all-agents', agents: [{ agentId: '3', parts: {} }] });
    expect(await platform.directory.find('3', new Deadline(new SystemClock(), Infinity))).toEqual({
      agentId: '3',
      parts: {},
    });
  });
});
