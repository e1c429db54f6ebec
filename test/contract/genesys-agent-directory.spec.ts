import { GenesysAgentDirectory } from '../../src/vendors/genesys/genesys-agent-directory.js';
import { raw } from '../support/http.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueReading } from '../../src/contracts/agent-directory.js';
import { agentDirectoryContract, readList } from './agent-directory.contract.js';
import { assignmentsContract, type AssignmentsKind } from './assignments.contract.js';
import { DirectoryPlatform, type DirectoryKind } from './directory-platform.js';

const GENESYS: DirectoryKind = {
  platform: 'genesys',
  basePath: '',
  agentId: (n) => `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  logIn: async (url) => {
    const authorization = `Basic ${Buffer.from('sandbox-client:sandbox-secret').toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    return (await raw('POST', `${url}/oauth/token`, 'grant_type=client_credentials', headers)).json?.access_token;
  },
  open: (api, clock) => new GenesysAgentDirectory(api, clock),
};

agentDirectoryContract(GENESYS);

const WITH_SKILLS: AssignmentsKind = {
  ...GENESYS,
  open: (api, clock) => new GenesysAgentDirectory(api, clock, { skills: true, hireDates: true }),
  queueId: (queue) => `e0000000-0000-4000-8000-${String(queue).padStart(12, '0')}`,
  skillsIn: 'agents',
  rounded: (proficiency) => proficiency,
  missingPage: 'queue fails',
};

assignmentsContract(WITH_SKILLS);

describe('GenesysAgentDirectory', () => {
  let platform: DirectoryPlatform;
  beforeEach(async () => {
    platform = await DirectoryPlatform.start(WITH_SKILLS);
    await platform.control('PUT', 'agents', { count: 60 });
  });
  afterEach(() => platform.stop());

  const QUEUE = WITH_SKILLS.queueId(1);
  const readQueues = async (
    queues: 'all' | readonly string[],
    knownQueues: readonly string[] = [],
  ): Promise<(QueueReading | string)[]> => {
    const seen: (QueueReading | string)[] = [];
    await platform.directory.readAssignments(
      { queues, knownQueues, skills: true },
      {
        queue: (reading) => Promise.resolve(void seen.push(reading)),
        queueFailed: (queueId) => void seen.push(queueId),
        skills: () => Promise.reject(new Error('the list of agents has the skills')),
      },
    );
    return seen;
  };

  it('lists no skills unless they are wanted', async () => {
    const plain = await DirectoryPlatform.start(GENESYS);
    try {
      const { agents } = await readList(plain);
      expect(agents.every((agent) => !('skills' in agent))).toBe(true);
    } finally {
      await plain.stop();
    }
  });

  it('confirms members by the count of the queue if their list has no total', async () => {
    await platform.control('PUT', 'genesys/behaviour', { memberTotals: false });
    expect(await readQueues([QUEUE])).toMatchObject([{ completeness: 'confirmed' }]);
    expect(await readQueues('all')).toHaveLength(40);
  });

  it('does not confirm a queue that the platform does not have', async () => {
    const unknown = { queueId: 'nowhere', completeness: 'unconfirmed', members: new Map() };
    expect(await readQueues(['nowhere'])).toMatchObject([unknown]);
    expect((await readQueues('all', ['nowhere', QUEUE])).at(-1)).toMatchObject(unknown);
  });

  it.each([
    ['a member without joined', { entities: [{ id: 'x' }] }],
    ['a queue without an id', { entities: [{ name: 'Sales' }] }],
    ['no list', { total: 0 }],
  ])('fails on %s', async (_name, answer) => {
    await platform.answerFromScript((origin) => origin.answer(answer));
    await expect(
      Promise.all([readQueues([QUEUE, 'b', 'c']), readQueues('all')]).then((all) => all.flat()),
    ).rejects.toThrow();
  });

  it('goes on after a queue that cannot be read, and stops after three in a row', async () => {
    const members = { entities: [{ id: 'a', joined: true }], total: 1, pageCount: 1 };
    const answers = (bad: RegExp) =>
      platform.answerFromScript((origin) =>
        origin.answer(({ url }: { readonly url: string }) =>
          bad.test(url) ? { entities: 7 } : url.includes('/members') ? members : QUEUES,
        ),
      );
    const QUEUES = { entities: ['q1', 'q2', 'q3', 'q4'].map((id) => ({ id })), total: 4, pageCount: 1 };
    await answers(/q2.members/);
    expect(await readQueues('all')).toMatchObject([{ queueId: 'q1' }, 'q2', { queueId: 'q3' }, { queueId: 'q4' }]);
    await answers(/members/);
    await expect(readQueues('all')).rejects.toThrow();
  });

  it.each([
    ['without languages', { id: 'a', skills: [] }, undefined],
    ['without skills', { id: 'a', languages: [], skills: null }, undefined],
    ['with empty lists', { id: 'a', languages: [], skills: [] }, []],
    [
      'with an inactive skill, and one without a proficiency',
      { id: 'a', languages: [{ name: 'Spanish', state: 'inactive', proficiency: 3 }], skills: [{ name: 'VIP' }] },
      [{ name: 'VIP', proficiency: 0 }],
    ],
  ])('lists a user %s', async (_name, user, skills) => {
    await platform.answerFromScript((origin) => origin.answer({ entities: [user], pageCount: 1 }));
    const { agents } = await readList(platform);
    expect(agents.map((agent) => agent.skills)).toEqual([skills]);
  });

  it.each([[{ name: 'VIP', proficiency: 6 }], [{ proficiency: 3 }], ['VIP']])(
    'throws on a user with the skill %j',
    async (skill) => {
      await platform.answerFromScript((origin) =>
        origin.answer({ entities: [{ id: 'a', skills: [skill], languages: [] }], pageCount: 1 }),
      );
      await expect(readList(platform)).rejects.toThrow();
    },
  );
});
