import { beforeEach, describe, expect, it } from '@jest/globals';
import platform from 'purecloud-platform-client-v2';
import { PlatformSandbox } from './parts/platform-sandbox.js';

/** The client's view of an answer, with `setReturnExtendedResponses`. */
interface Extended {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const sandbox = PlatformSandbox.forEachTest();
const client = platform.ApiClient.instance;

/** The platform's own client. Its gateway setting, meant for proxies, points it at the sandbox. */
describe('the official client of the platform API, against the sandbox', () => {
  beforeEach(() => {
    // By default the client watches a file in the home directory.
    client.config.live_reload_config = false;
    client.setGateway({ protocol: 'http', host: '127.0.0.1', port: sandbox.port });
    client.clearAccessToken();
    client.setReturnExtendedResponses(false);
  });

  it('logs in with a client id and a secret', async () => {
    const before = Date.now();
    const { accessToken, tokenExpiryTime } = await login();
    expect(await sandbox.get('/api/v2/tokens/me', accessToken)).toMatchObject({ status: 200 });
    expect(tokenExpiryTime).toBeGreaterThanOrEqual(before + 86_400_000);
  });

  it('receives the error for a wrong secret', async () => {
    const refused = { status: 401, data: { error: 'invalid_client', description: 'authentication failed' } };
    await expect(client.loginClientCredentialsGrant('sandbox-client', 'guess')).rejects.toMatchObject({
      response: refused,
    });
  });

  it('reads the client of its token', async () => {
    await login();
    const tokenInfo = await new platform.TokensApi().getTokensMe();
    expect(tokenInfo.authorizedScope).toContain('externalContacts:contact:view');
    expect(tokenInfo.OAuthClient?.id).toBe('sandbox-client');
    expect(tokenInfo.organization?.name).toBe('Sandbox');
  });

  it('finds a contact by phone and follows a merged contact to its canonical one', async () => {
    await login();
    const api = new platform.ExternalContactsApi();
    const { contacts = [] } = await api.getExternalcontactsReversewhitepageslookup('+15550048');
    expect(contacts).toHaveLength(1);
    expect(contacts[0]?.cellPhone?.e164).toBe('+15550048');
    const head = await api.getExternalcontactsContact(contacts[0]?.canonicalContact?.id ?? '');
    expect(head.cellPhone?.e164).toBe('+15550100');
    expect(head.mergeSet?.map(({ id }) => id)).toContain(contacts[0]?.id);
    expect(head.mergedTo).toBeUndefined();
  });

  it('lists users with their status, by ids that it joins into one parameter', async () => {
    await login();
    const ids = ['a0000000-0000-4000-8000-000000000005', 'a0000000-0000-4000-8000-000000000008'];
    const api = new platform.UsersApi();
    const { entities = [], total } = await api.getUsers({ id: ids, expand: ['routingStatus', 'presence'] });
    expect(total).toBe(2);
    expect(entities.map(({ routingStatus, presence }) => [routingStatus?.status, definition(presence)])).toEqual([
      ['INTERACTING', 'On Queue'],
      ['OFF_QUEUE', 'Offline'],
    ]);
    const one = await api.getUser(ids[0] ?? '', { expand: ['routingStatus'] });
    expect(one.routingStatus).toEqual(entities[0]?.routingStatus);
  });

  it('reads all pages of users and of members of a queue', async () => {
    await sandbox.control('PUT', 'agents', { count: 60 });
    await login();
    const api = new platform.UsersApi();
    const pages = await Promise.all([1, 2, 3].map((pageNumber) => api.getUsers({ pageSize: 25, pageNumber })));
    expect(pages.map(({ entities, pageCount }) => [entities?.length, pageCount])).toEqual([
      [25, 3],
      [25, 3],
      [10, 3],
    ]);
    const members = await new platform.RoutingApi().getRoutingQueueMembers('e0000000-0000-4000-8000-000000000001');
    expect(members.entities?.map(({ name }) => name)).toEqual(['Agent 1', 'Agent 21', 'Agent 41']);
  });

  it('reads queues, and the skills and languages of a user', async () => {
    await login();
    const { entities = [], total } = await new platform.RoutingApi().getRoutingQueues({ pageSize: 3 });
    expect([total, entities.map(({ name }) => name)]).toEqual([40, ['Queue 1', 'Queue 2', 'Queue 3']]);
    const id = 'a0000000-0000-4000-8000-000000000005';
    const user = await new platform.UsersApi().getUser(id, { expand: ['skills', 'languages'] });
    const skills = await new platform.RoutingApi().getUserRoutingskills(id);
    const languages = await new platform.RoutingApi().getUserRoutinglanguages(id);
    expect(skills.entities).toEqual(user.skills);
    expect(languages.entities).toEqual(user.languages);
    expect(user.languages?.map(({ proficiency }) => proficiency)).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('receives the error body on 404, and the seconds to wait on 429', async () => {
    await login();
    client.setReturnExtendedResponses(true);
    const api = new platform.ExternalContactsApi();
    const missing = await refusal(api.getExternalcontactsContact('nobody'));
    expect(missing).toMatchObject({ status: 404, body: { code: 'not.found', contextId: expect.any(String) } });
    await sandbox.control('PUT', 'genesys/behaviour', { callsPerMinute: 1 });
    const limited = await refusal(api.getExternalcontactsContact('nobody'));
    expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    expect(limited.body.message).toBe('Rate limit exceeded the maximum. Retry the request in [60] seconds');
    await sandbox.control('DELETE', 'genesys/tokens');
    expect(await refusal(api.getExternalcontactsContact('nobody'))).toMatchObject({
      status: 401,
      body: { code: 'bad.credentials', message: 'Invalid login credentials.' },
    });
  });
});

type LoggedIn = Awaited<ReturnType<typeof client.loginClientCredentialsGrant>>;

function login(): Promise<LoggedIn> {
  return client.loginClientCredentialsGrant('sandbox-client', 'sandbox-secret');
}

function definition(presence: { presenceDefinition?: { systemPresence?: string } } | undefined): string | undefined {
  return presence?.presenceDefinition?.systemPresence;
}

async function refusal(call: Promise<unknown>): Promise<Extended> {
  return call.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => error as Extended,
  );
}
