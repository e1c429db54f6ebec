import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type ComposedLookupConfig, COMPOSED_LOOKUPS } from '../../config/sections/lookups/composed-config.js';
import { type LookupConfig, type PrewarmConfig, LOOKUPS } from '../../config/sections/lookups/lookup-config.js';
import { WITHHELD } from '../../config/phone/bare-number.js';
import type { EntryIdentifier } from '../../cache/identified-entries.js';
import { WARM_UP_CALLER, type Caller } from '../../contracts/caller.js';
import type { Dip } from '../../contracts/dip.js';
import { entryKey } from '../../contracts/entry-key.js';
import { resolveTenant } from '../../contracts/tenant.js';
import { Clock } from '../../kernel/clock.js';
import { Deadline } from '../../kernel/deadline.js';
import { HttpProblem } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import {
  compileLookup,
  hashedTexts,
  identify,
  type CompiledLookup,
  type LookupDip,
} from './internal/compiled-lookup.js';
import { compileComposed, type ComposedDip, type ComposedLookup } from './internal/composed-lookup.js';
import type { Inputs } from './internal/inputs.js';
import { planOf } from './internal/lookup-reader.js';
import { ReadingThreads } from './internal/reading/reading-threads.js';

/** A request for a lookup, before it is validated. */
export interface LookupRequest {
  readonly lookup: string;
  readonly inputs: Inputs;
  readonly tenantHeader: string | undefined;
  readonly caller: Caller;
  readonly deadline: Deadline;
  readonly whenDegraded: Dip['whenDegraded'];
  /** `true`: the dip does not count as popular. Default: `false`. */
  readonly isTrial?: boolean;
}

/** A validated request: for a lookup, or for a composed lookup. */
export type RequestedDip = LookupDip | ComposedDip;

/** A part of a composed dip, before its key input is chosen. */
interface PartRequest {
  readonly lookup: CompiledLookup;
  readonly inputs: Inputs;
  readonly of: ComposedDip;
}

/**
 * No caller waits for a pre-warming load. The bound keeps a slow origin from holding the job for
 * hours.
 */
const PREWARM_DEADLINE_MS = 60_000;

/**
 * Answers that each lookup reads before the process is ready, so that the engine has compiled the
 * code.
 */
const WARM_UP_RUNS = 20;

/** Knows the declared lookups, and turns a request into a dip. */
@Injectable()
export class LookupService implements OnModuleDestroy {
  private readonly lookups: ReadonlyMap<string, CompiledLookup>;
  private readonly composed: ReadonlyMap<string, ComposedLookup>;
  private readonly threads: ReadingThreads;

  constructor(
    @Inject(LOOKUPS) lookups: ReadonlyMap<string, LookupConfig>,
    @Inject(COMPOSED_LOOKUPS) composed: ReadonlyMap<string, ComposedLookupConfig>,
    private readonly hmac: Hmac,
    private readonly clock: Clock,
  ) {
    const configs = [...lookups.values()];
    this.threads = new ReadingThreads(configs.map(planOf), clock);
    const compiled = configs.map((config, at) => compileLookup(config, clock, this.threads, at));
    this.lookups = new Map(compiled.map((lookup) => [lookup.name, lookup]));
    this.composed = new Map([...composed].map(([name, config]) => [name, compileComposed(config, this.lookups)]));
  }

  /**
   * A caller with a list of lookups gets 403 for every other name, so that it does not learn which
   * lookups exist.
   *
   * @throws {HttpProblem} 403 for a lookup that the caller may not ask, 404 for an unknown lookup,
   *   400 and 403 for the tenant
   */
  createDip(request: LookupRequest): RequestedDip {
    const { lookup: name, inputs, caller, tenantHeader, deadline, whenDegraded, isTrial } = request;
    if (caller.lookups?.has(name) === false)
      throw new HttpProblem('wrong_lookup', 403, 'caller may not use this lookup');
    const lookup = this.lookups.get(name);
    const composed = lookup === undefined ? this.composed.get(name) : undefined;
    const isCounted = caller !== WARM_UP_CALLER && isTrial !== true;
    if (lookup !== undefined) {
      const tenant = resolveTenant(caller, inputs.get('tenantId'), tenantHeader);
      return this.dipOf(lookup, tenant, inputs, deadline, whenDegraded, isCounted);
    }
    if (composed === undefined) throw new HttpProblem('unknown_lookup', 404, 'unknown lookup');
    const tenant = resolveTenant(caller, inputs.get('tenantId'), tenantHeader);
    return { lookup: composed, tenant, inputs, subject: undefined, deadline, whenDegraded, isCounted };
  }

  /** The dip of one part of a composed dip. */
  partDip({ lookup, inputs, of }: PartRequest): LookupDip {
    return this.dipOf(lookup, of.tenant, inputs, of.deadline, of.whenDegraded, of.isCounted);
  }

  /** The key of each entry that a lookup may have stored under the identifier. */
  entryKeysOf(tenant: string, identifier: EntryIdentifier): readonly string[] {
    return [...this.lookups.values()].flatMap((lookup) =>
      hashedTexts(lookup, identifier).map((hashed) => entryKey(lookup.name, tenant, this.hmac.hex(hashed))),
    );
  }

  /** The declared pre-warming schedules, per lookup. */
  get prewarmSchedules(): readonly { readonly lookup: string; readonly schedules: readonly PrewarmConfig[] }[] {
    return [...this.lookups.values()].map(({ name, config }) => ({ lookup: name, schedules: config.prewarm }));
  }

  /** Dips for the lookup's most requested entries, at most `limit`. No caller waits for them. */
  popularDips(name: string, limit: number): LookupDip[] {
    const lookup = this.lookups.get(name);
    const entries = lookup?.popular?.top(limit) ?? [];
    if (lookup === undefined) return [];
    return entries.map(({ tenant, entryKey, identifier }) => {
      const deadline = new Deadline(this.clock, this.clock.nowMs() + PREWARM_DEADLINE_MS);
      return { lookup, tenant, subject: { identifier, entryKey }, deadline, whenDegraded: 'answer' };
    });
  }

  /**
   * Reads an answer of every lookup. The first caller then waits neither for the engine to compile
   * the code nor for a thread to start.
   */
  async warmUp(): Promise<void> {
    const readers = [...this.lookups.values()].map(({ reader }) => reader);
    if (readers.some(({ needsThread }) => needsThread)) await this.threads.warmUp();
    for (const reader of readers) {
      for (let run = 0; run < WARM_UP_RUNS; run++) await reader.warmUp();
    }
  }

  onModuleDestroy(): Promise<void> {
    return this.threads.close();
  }

  /** Six parameters, because every hit runs it and an object of them would cost the hit. */
  private dipOf(
    lookup: CompiledLookup,
    tenant: string,
    inputs: Inputs,
    deadline: Deadline,
    whenDegraded: Dip['whenDegraded'],
    isCounted: boolean,
  ): LookupDip {
    const identifier = identify(lookup, inputs);
    const isWithheld = identifier === WITHHELD;
    const subject =
      identifier === undefined || isWithheld
        ? undefined
        : { identifier, entryKey: entryKey(lookup.name, tenant, this.hmac.hex(identifier.hashed)) };
    const dip: LookupDip = { lookup, tenant, subject, isWithheld, deadline, whenDegraded };
    if (isCounted) lookup.popular?.count(dip);
    return dip;
  }
}
