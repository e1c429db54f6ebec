import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CxoneAgentDirectory } from '../../src/vendors/cxone/cxone-agent-directory.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { post } from '../support/http.js';
import { agentDirectoryContract, readList } from './agent-directory.contract.js';
import { DirectoryPlatform, type DirectoryKind } from './directory-platform.js';

const FULL_LIST_INTERVAL_MS = 60_000;
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const CXONE: DirectoryKind = {
  platform: 'cxone',
  basePath: '/inContactAPI/services/v27.0',
  agentId: String,
  logIn: async (url) => (await post(`${url}/authentication/v1/token/access-key`, KEY)).json?.access_token,
  open: (api, clock) => new CxoneAgentDirectory(api, clock, FULL_LIST_INTERVAL_MS),
};

agentDirectoryContract(CXONE);

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
