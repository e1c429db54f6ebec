import { Inject, Injectable } from '@nestjs/common';
import type { DipLoader } from './lookup-responder.js';
import type { LookupConfig, PrewarmConfig, Priority, ServerConfig } from '../../config/config.js';
import { LOOKUPS, SERVER_CONFIG } from '../../config/tokens.js';
import { WARM_UP_CALLER, type Caller } from '../../contracts/caller.js';
import { customerRef } from '../../contracts/customer.js';
import type { Dip, Identifier, LoadedAnswer } from '../../contracts/dip.js';
import { entryKey } from '../../contracts/entry-key.js';
import { resolveTenant } from '../../contracts/tenant.js';
import { Deadline } from '../../kernel/deadline.js';
import { Clock } from '../../kernel/clock.js';
import { OriginFailure, HttpProblem } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { HttpOrigins } from '../../origins/http/http-origins.js';
import { OriginClient } from '../../origins/origin-client.js';
import type { Demand } from '../../origins/admission/origin-budget.js';
import { OriginBudgets } from '../../origins/admission/origin-budgets.js';
import { compileLookup, identify, type CompiledLookup } from './internal/compiled-lookup.js';
import type { Inputs } from './internal/inputs.js';
import { followingRequest, originRequest } from './internal/origin-request.js';

/** One request as it came, before it is known to make sense. */
export interface Question {
  readonly lookup: string;
  readonly inputs: Inputs;
  readonly tenantHeader: string | undefined;
  readonly caller: Caller;
  readonly arrivedAtMs: number;
  readonly whenDegraded: Dip['whenDegraded'];
}

/** Nobody waits for a pre-warming load, but its origin should not be asked for ever. */
const PREWARM_WITHIN_MS = 60_000;

/** Knows the declared lookups: turns a question into a dip, and a dip into an answer of its origin. */
@Injectable()
export class LookupService implements DipLoader {
  private readonly lookups: ReadonlyMap<string, CompiledLookup>;

  private readonly deadlineMs: number;

  constructor(
    @Inject(LOOKUPS) lookups: ReadonlyMap<string, LookupConfig>,
    private readonly upstreams: HttpOrigins,
    private readonly budgets: OriginBudgets,
    private readonly hmac: Hmac,
    private readonly clock: Clock,
    @Inject(SERVER_CONFIG) { deadlineMs }: ServerConfig,
  ) {
    this.deadlineMs = deadlineMs;
    this.lookups = new Map([...lookups].map(([name, config]) => [name, compileLookup(config, clock)]));
  }

  /** @throws {HttpProblem} 404 for an unknown lookup, 400 and 403 for the tenant */
  ask(question: Question): Dip {
    const lookup = this.lookups.get(question.lookup);
    if (lookup === undefined) throw new HttpProblem('unknown_lookup', 404, 'no lookup has this name');
    const { inputs, caller, tenantHeader, arrivedAtMs, whenDegraded } = question;
    const tenant = resolveTenant(caller, inputs.get('tenantId'), tenantHeader);
    const identifier = identify(lookup, inputs);
    const deadline = new Deadline(this.clock, arrivedAtMs + this.deadlineMs);
    const subject = identifier && {
      identifier,
      entryKey: entryKey(lookup.name, tenant, this.hmac.hex(identifier.hashed)),
    };
    const dip: Dip = { lookup, tenant, subject, deadline, whenDegraded };
    if (caller !== WARM_UP_CALLER) lookup.popular?.count(dip);
    return dip;
  }

  /** Which lookups are to be loaded before which peaks. */
  get prewarms(): readonly { readonly lookup: string; readonly prewarm: readonly PrewarmConfig[] }[] {
    return [...this.lookups.values()].map(({ name, config }) => ({ lookup: name, prewarm: config.prewarm }));
  }

  /** Dips of nobody in particular, for the entries that were asked for most. Each has the time of an origin's slowest answer. */
  popular(name: string, most: number): Dip[] {
    const lookup = this.lookups.get(name);
    const entries = lookup?.popular?.top(most) ?? [];
    if (lookup === undefined) return [];
    return entries.map(({ tenant, entryKey, identifier }) => {
      const deadline = new Deadline(this.clock, this.clock.nowMs() + PREWARM_WITHIN_MS);
      return { lookup, tenant, subject: { identifier, entryKey }, deadline, whenDegraded: 'answer' };
    });
  }

  /**
   * Asks the origin, if its budget admits it: what a miss costs.
   *
   * @throws {OriginFailure}
   */
  async load({ lookup, tenant, subject, deadline }: Dip, priority: Priority): Promise<LoadedAnswer> {
    const compiled = this.lookups.get(lookup.name);
    if (compiled === undefined || subject === undefined)
      throw new OriginFailure('origin_error', 'there is nothing to ask for');
    const record = await this.recordOf(compiled, subject.identifier, {
      priority,
      deadline,
      bulkhead: compiled.bulkhead,
    });
    const { found, text, customerId } = await compiled.projection.project(record);
    const id = customerId ?? knownCustomerId(subject.identifier);
    return { found, text, customer: id === undefined ? undefined : customerRef(this.hmac, tenant, id) };
  }

  /** What the origin has on somebody, or on whom its record says they have become. */
  private async recordOf(
    { config: { origin }, projection }: CompiledLookup,
    identifier: Identifier,
    spender: Demand,
  ): Promise<unknown> {
    const api = new OriginClient(this.budgets.get(origin.system), this.upstreams.get(origin.system), this.clock);
    const { body } = await api.call(originRequest(origin, identifier), spender);
    const record = await projection.record(body);
    const id = await projection.followed(record);
    if (id === undefined || origin.follow === undefined) return record;
    return (await api.call(followingRequest(origin.follow, id), spender)).body;
  }

  /** Runs every projection once or more, so that the first caller does not pay for compiling it. */
  async warmUp(): Promise<void> {
    for (const { projection } of this.lookups.values()) {
      for (let run = 0; run < 20; run++) {
        await projection.record({}).catch(() => undefined);
        await projection.project({});
      }
    }
  }
}

/** Who asks by `customerId` has said whom it is about, also when the origin does not know them yet. */
function knownCustomerId({ input, atOrigin }: Identifier): string | undefined {
  return input === 'customerId' ? atOrigin : undefined;
}
