/** This file exceeds 220 lines because it lists every key that the code builds. */

import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { customerRef } from '../../src/contracts/customer.js';
import { entryKey } from '../../src/contracts/entry-key.js';
import { Hmac } from '../../src/kernel/hmac.js';
import { callerHash, callHash, eventHash } from '../../src/modules/agent-state/internal/id-hashes.js';
import { AgentKeys } from '../../src/modules/agent-state/store/internal/agent-keys.js';
import { eventMark, signedMark } from '../../src/modules/invalidation/internal/event-mark.js';

/** A place in the code that builds a key. */
interface Builder {
  readonly file: string;
  /** The template of the key, as the code has it. */
  readonly template: string;
  /** Everything that makes the key another key. */
  readonly has: readonly Identity[];
  /** Why callers share the key. Required for every key without the caller. */
  readonly shared?: string;
}

type Identity =
  | 'tenant'
  | 'caller'
  | 'route'
  | 'event id'
  | 'subject'
  | 'region'
  | 'lookup'
  | 'identifier'
  | 'agent'
  | 'queue'
  | 'system'
  | 'client'
  | 'version';

const AGENT_KEYS = 'src/modules/agent-state/store/internal/agent-keys.ts';
const INDEX = 'src/cache/internal/redis-customer-index.ts';
const MEMORY_INDEX = 'src/cache/internal/memory-customer-index.ts';
const ID_HASHES = 'src/modules/agent-state/internal/id-hashes.ts';
const AGENTS_ARE_SHARED = 'the state of an agent is the same for every caller of the tenant';
const PER_TENANT = 'a number or a list of the whole tenant';

const BUILDERS: readonly Builder[] = [
  {
    file: 'src/contracts/entry-key.ts',
    template: 'cust:${lookup}:${tenant}:${identifierHash}',
    has: ['lookup', 'tenant', 'identifier'],
    shared: 'an answer is the same for every caller of the tenant; near copies and leases have this key too',
  },
  {
    file: 'src/cache/internal/leased-loader.ts',
    template: '${key}@${version}',
    has: ['lookup', 'tenant', 'identifier', 'version'],
    shared: 'callers of an entry share its load; a caller after an invalidation has another version',
  },
  {
    file: 'src/contracts/customer.ts',
    template: 'customer:${customerId.trim()}',
    has: ['subject'],
    shared: 'part of other keys, which have the tenant',
  },
  {
    file: INDEX,
    template: 'cust-index:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}',
    has: ['tenant', 'subject'],
    shared: 'the index lists the entries, which callers share',
  },
  {
    file: INDEX,
    template: 'cust-index:{${tenant}}:${hash}',
    has: ['tenant', 'subject'],
    shared: 'the same index in the layout of the version before',
  },
  { file: INDEX, template: 'cust-stamp:{${tenant}}', has: ['tenant'], shared: PER_TENANT },
  {
    file: 'src/contracts/customer.ts',
    template: 'cust-event:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}:${eventHash}',
    has: ['tenant', 'caller', 'route', 'event id', 'subject'],
  },
  {
    file: MEMORY_INDEX,
    template: '${tenant}:${hash}:${eventHash}',
    has: ['tenant', 'caller', 'route', 'event id', 'subject'],
  },
  {
    file: MEMORY_INDEX,
    template: '${tenant}:${hash}',
    has: ['tenant', 'subject'],
    shared: 'the index lists the entries, which callers share',
  },
  {
    file: 'src/modules/invalidation/internal/event-mark.ts',
    template: "mark:${hash('sha256', parts, 'hex')}",
    has: ['caller', 'route', 'event id', 'subject'],
  },
  {
    file: 'src/modules/invalidation/internal/event-mark.ts',
    template: "signed:${hash('sha256', JSON.stringify([caller, source, signedContent]), 'hex')}",
    has: ['caller', 'route', 'subject'],
  },
  {
    file: 'src/modules/invalidation/redis-signed-requests.ts',
    template: 'cust-signed:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}:${hash}',
    has: ['tenant', 'caller', 'route', 'subject'],
  },
  {
    file: 'src/modules/invalidation/memory-signed-requests.ts',
    template: '${customer.tenant}:${customer.hash}:${hash}',
    has: ['tenant', 'caller', 'route', 'subject'],
  },
  { file: ID_HASHES, template: 'agent-call:${callId}', has: ['subject'], shared: 'the lock has the caller next to it' },
  { file: ID_HASHES, template: 'agent-caller:${caller}', has: ['caller'] },
  { file: ID_HASHES, template: 'agent-event:${parts}', has: ['caller', 'route', 'event id', 'subject'] },
  ...[
    ...['locks', 'known', 'leases', 'counts', 'regions', 'silenced', 'memberships'],
    ...[
      'roster',
      'ordinals',
      'skill-names',
      'left',
      'profiles',
      'scratch',
      'spare',
      '${name}-bits',
      'skill:${name}:${level}',
    ],
  ].map((name): Builder => ({
    file: AGENT_KEYS,
    template: `agents:\${this.tag}:${name}`,
    has: ['tenant'],
    shared: name === 'locks' ? 'its fields name the agent, the call and the caller' : PER_TENANT,
  })),
  { file: AGENT_KEYS, template: 'agent:${this.tag}:${agentId}', has: ['tenant', 'agent'], shared: AGENTS_ARE_SHARED },
  {
    file: AGENT_KEYS,
    template: 'agent:${this.tag}:${agentId}:queues',
    has: ['tenant', 'agent'],
    shared: AGENTS_ARE_SHARED,
  },
  {
    file: AGENT_KEYS,
    template: 'queue:${this.tag}:${queueId}:agents',
    has: ['tenant', 'queue'],
    shared: AGENTS_ARE_SHARED,
  },
  ...['idle', 'agent-bits', 'read-bits'].map((name): Builder => ({
    file: AGENT_KEYS,
    template: `queue:\${this.tag}:\${queueId}:${name}`,
    has: ['tenant', 'queue'],
    shared: AGENTS_ARE_SHARED,
  })),
  {
    file: 'src/contracts/agent-ids.ts',
    template: 'agent-event:{${tenant}}:${eventHash}',
    has: ['tenant', 'caller', 'route', 'event id', 'subject'],
  },
  {
    file: AGENT_KEYS,
    template: 'agent-call:${this.tag}:${callHash}',
    has: ['tenant', 'subject'],
    shared: 'no key of Redis: the place for which a call id is sealed',
  },
  {
    file: 'src/modules/agent-state/store/memory-agent-store.ts',
    template: '${tenant}:${eventHash}',
    has: ['tenant', 'caller', 'route', 'event id', 'subject'],
  },
  {
    file: 'src/modules/agent-state/reconciliation/reconciliation-runs.ts',
    template: 'agents:{${tenant}}:${name}:${region}:${system}',
    has: ['tenant', 'region', 'system'],
    shared: 'no caller reconciles: a job does',
  },
  {
    file: 'src/origins/admission/internal/redis-rate-limiter.ts',
    template: 'budget:${this.region}:peers',
    has: ['region'],
    shared: 'counts processes',
  },
  {
    file: 'src/origins/admission/internal/redis-rate-limiter.ts',
    template: 'budget:${region}:last-pause',
    has: ['region'],
    shared: 'says that a system was paused, and not which',
  },
  {
    file: 'src/origins/admission/internal/redis-rate-limiter.ts',
    template: 'budget:${this.region}:${account}',
    has: ['region', 'system', 'client', 'tenant'],
    shared: 'the limit of a system or of a client is one for all callers; a tenant has the tenant in both names',
  },
  {
    file: 'src/origins/admission/origin-budget-factory.ts',
    template: 'system:${name}',
    has: ['system', 'tenant'],
    shared: "the limit of a system is one for all callers; the name of a tenant's own system has the tenant",
  },
  {
    file: 'src/origins/auth/client-id.ts',
    template: "client:${type}:${hash('sha256', parts.join('\\n'), 'hex').slice(0, 16)}",
    has: ['client', 'tenant'],
    shared: 'the limit and the token of a client are one for all callers; the hash has the tenant of an own system',
  },
  {
    file: 'src/cache/cache.interceptor.ts',
    template: 'route:${route.name}',
    has: ['route'],
    shared: 'reference data without a tenant: which systems can be reached',
  },
  {
    file: 'src/messaging/redis-event-bus.ts',
    template: 'datadip:${options.region}',
    has: ['region'],
    shared: 'the channel of the processes of a region',
  },
  ...[
    'src/modules/agent-state/store/agent-records.ts',
    'src/modules/agent-state/assignments/queue-events.service.ts',
  ].map((file): Builder => ({
    file,
    template: '${tenant}:${agentId}',
    has: ['tenant', 'agent'],
    shared: 'no key of Redis: the key of a record in the log between regions',
  })),
  {
    file: 'src/cache/internal/customer-records.ts',
    template: '${tenant}:${customer.hash}',
    has: ['tenant', 'subject'],
    shared: 'no key of Redis: the key of a record in the log between regions',
  },
  {
    file: 'src/messaging/outbox/internal/outbox-keys.ts',
    template: 'outbox:{${tenant}}',
    has: ['tenant'],
    shared: 'events of all callers go to the same log',
  },
  {
    file: 'src/messaging/outbox/internal/outbox-keys.ts',
    template: 'outbox-leader:${region}',
    has: ['region'],
    shared: 'one process of the region sends',
  },
  {
    file: 'src/messaging/outbox/internal/outbox-keys.ts',
    template: 'outbox-fill:${region}',
    has: ['region'],
    shared: 'numbers about the outboxes of the region',
  },
  {
    file: 'src/platform/redis/history/internal/record-key.ts',
    template: 'datadip-history:{${tag}}',
    has: [],
    shared: 'what the processes gave to a node, for all callers',
  },
  {
    file: 'src/platform/redis/cluster-client.ts',
    template: 'datadip-probe:{${at}}',
    has: [],
    shared: 'is only asked for, never written',
  },
  {
    file: 'src/regions/internal/homes-store.ts',
    template: 'region-homes:{${region}}',
    has: ['region'],
    shared: 'the homes of tenants that have moved',
  },
  {
    file: 'src/regions/internal/homes-store.ts',
    template: 'region-homes:{${region}}:heard',
    has: ['region'],
    shared: 'what other regions announce about homes',
  },
  {
    file: 'src/regions/internal/redis-heard-store.ts',
    template: 'heard:{${region}}',
    has: ['region'],
    shared: 'how far the region has heard the others',
  },
  {
    file: 'src/regions/internal/redis-heard-store.ts',
    template: 'region-store:{${region}}',
    has: ['region'],
    shared: 'the identity of the store of the region',
  },
  {
    file: 'src/regions/internal/hearing-parts.ts',
    template: 'region-leader:{${region}}',
    has: ['region'],
    shared: 'the process of the region that writes heartbeats',
  },
];

/** Templates of text that look like a key and are none: the file, and the beginning. */
const NO_KEYS: readonly (readonly [file: string, start: string])[] = [
  // Fields of a hash, and the key of a record in the log.
  ['src/regions/internal/homes-store.ts', 'home:'],
  ['src/regions/internal/homes-store.ts', 'released:'],
  ['src/regions/internal/home-announcer.ts', '${tenant}:home'],
  // The event id of the audit line, for an auditor who has the key.
  ['src/modules/invalidation/invalidation.service.ts', 'event:'],
  ['src/modules/invalidation/internal/signed-content.ts', '${timestamp}:'],
  ['src/modules/auth/callers.ts', 'credential:'],
  ['src/vendors/aws/', ''],
  ['src/modules/agent-state/store/queue-position.ts', ''],
];

const KEY_TEMPLATE =
  /`((?:(?:cust|agents?|heard|region|queue|outbox|budget|datadip|route|client|system|mark|signed|event|credential|customer)[a-z-]*:|\$\{(?:key|tenant|customer\.tenant|timestamp)\}[:@]\$\{)[^`]*\$?[^`]*)`/g;

interface Found {
  readonly file: string;
  readonly template: string;
}

/** Every template in the code that builds a key. */
function keyTemplates(): Found[] {
  const files = globSync('src/**/*.ts').filter((file) => !file.startsWith('src/sandbox/'));
  return files
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(KEY_TEMPLATE)].map(([, template = '']) => ({ file, template })),
    )
    .filter(({ template }) => template.includes('${'))
    .filter(
      (found) => !NO_KEYS.some(([file, start]) => found.file.startsWith(file) && found.template.startsWith(start)),
    );
}

const named = ({ file, template }: Found): string => `${file} ${template}`;
const ofBuilder = (file: string, start: string): Builder | undefined =>
  BUILDERS.find((builder) => builder.file.endsWith(file) && builder.template.startsWith(start));

describe('the keys under which Datadip remembers something', () => {
  it('every builder of a key in the code is listed here with the identities in its key', () => {
    expect(keyTemplates().map(named).toSorted()).toEqual(BUILDERS.map(named).toSorted());
  });

  it('every key has the caller, or a reason why callers share it', () => {
    const unexplained = BUILDERS.filter(({ has, shared }) => !has.includes('caller') && shared === undefined);
    expect(unexplained.map(named)).toEqual([]);
  });

  it.each([
    ['an event of a customer', 'contracts/customer.ts', 'cust-event:'],
    ['an event of a customer in memory', 'memory-customer-index.ts', '${tenant}:${hash}:'],
    ['a signed request', 'redis-signed-requests.ts', 'cust-signed:'],
    ['a signed request in memory', 'memory-signed-requests.ts', '${customer'],
    ['an event of an agent', 'agent-ids.ts', 'agent-event:'],
    ['an event of an agent in memory', 'memory-agent-store.ts', '${tenant}:'],
  ])('the mark of %s has tenant, caller, route and subject', (_mark, file, start) => {
    expect(ofBuilder(file, start)?.has).toEqual(expect.arrayContaining(['tenant', 'caller', 'route', 'subject']));
  });

  it('no Lua script builds a key', () => {
    const scripts = globSync('src/**/*.lua');
    expect(scripts.length).toBeGreaterThan(10);
    const building = scripts.filter((file) =>
      /['"](cust|agents?|queue|outbox|budget)(-[a-z]+)?:/.test(
        readFileSync(file, 'utf8').replace(/--\[\[.*?\]\]/gs, ''),
      ),
    );
    expect(building).toEqual([]);
  });
});

describe('each identity in a key', () => {
  const hmac = new Hmac('secret');
  const event = {
    caller: 'x',
    source: 'webhook',
    eventId: '1000',
    customerId: 'c-17',
    relatedCustomerIds: ['c-18'],
    entryKeys: ['cust:customer:10001:a'],
  } as const;
  const agentEvent = { caller: 'x', source: 'agent-status', eventId: '1000', subject: 'eu a-1' } as const;

  it.each([
    { caller: 'y' },
    { source: 'eventbridge' as const },
    { eventId: '1001' },
    { customerId: 'c-18' },
    { relatedCustomerIds: [] },
    { relatedCustomerIds: ['c-19'] },
    { entryKeys: [] },
    { caller: 'x","webhook', source: 'webhook' as const },
  ])('the mark of an event differs with %j', (change) => {
    expect(eventMark(hmac, { ...event, ...change })).not.toBe(eventMark(hmac, event));
  });

  it('the mark of an event is the same for another order and spaces around ids', () => {
    const two = { ...event, relatedCustomerIds: ['c-18', 'c-19'] };
    expect(eventMark(hmac, { ...two, customerId: ' c-17 ', relatedCustomerIds: ['c-19', ' c-18'] })).toBe(
      eventMark(hmac, two),
    );
  });

  it.each([{ caller: 'y' }, { source: 'eventbridge' as const }, { eventId: '1001' }, { subject: 'us a-1' }])(
    'the mark of an event of an agent differs with %j',
    (change) => {
      expect(eventHash(hmac, { ...agentEvent, ...change })).not.toBe(eventHash(hmac, agentEvent));
    },
  );

  it('the mark of a signed request differs with caller, route and content', () => {
    const marks = [
      signedMark(hmac, 'x', 'webhook', '1:a'),
      signedMark(hmac, 'y', 'webhook', '1:a'),
      signedMark(hmac, 'x', 'eventbridge', '1:a'),
      signedMark(hmac, 'x', 'webhook', '1:b'),
    ];
    expect(new Set(marks).size).toBe(marks.length);
  });

  it('no two kinds of hashed text are equal for the same text', () => {
    const hashes = [customerRef(hmac, 't', 'x').hash, callHash(hmac, 'x'), callerHash(hmac, 'x'), hmac.hex('x')];
    expect(new Set(hashes.map((hash) => hash.slice(0, 24))).size).toBe(hashes.length);
  });

  it('keys of an entry and of an agent differ with each part', () => {
    const keys = [
      entryKey('customer', '10001', 'a'),
      entryKey('profile', '10001', 'a'),
      entryKey('customer', '10002', 'a'),
      entryKey('customer', '10001', 'b'),
      ...['10001', '10002'].flatMap((tenant) =>
        ['a', 'b'].flatMap((id) => {
          const agents = AgentKeys.of(tenant);
          return [agents.agent(id), agents.queuesOf(id), agents.members(id), agents.free(id), agents.event(id)];
        }),
      ),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
