import { Inject, Injectable } from '@nestjs/common';
import { type SystemConfig, SYSTEMS } from '../../config/sections/systems/system-config.js';
import type { Dip, Identifier } from '../../contracts/dip.js';
import { hashOfEntryKey } from '../../contracts/entry-key.js';
import { Clock } from '../../kernel/clock.js';
import { OriginFailure } from '../../kernel/errors.js';
import type { HttpAnswer } from '../../origins/http/http-request.js';
import type { Demand, Origin, OriginRequest } from '../../origins/origin.js';
import type { Credentials } from '../../origins/auth/auth-strategy.js';
import { Origins } from '../../origins/origins.js';
import type { LookupDip } from './internal/compiled-lookup.js';
import { LookupReader } from './internal/lookup-reader.js';
import { followingRequest, headersOf, originRequest } from './internal/origin-request.js';
import type { Inspection } from './internal/reading/answer-inspector.ts';
import type { Reading, Replaced } from './internal/reading/answer-reader.ts';
import type { ReadingBudget } from './internal/reading/reading-threads.js';
import { CallSteps } from './internal/trial/call-steps.js';
import { secretsOf, withoutSecrets } from './internal/trial/secrets.js';
import { shownRequest, shownSuccessor, type ShownRequest } from './internal/trial/shown-request.js';
import type { CallTrial } from './internal/trial/trial.js';

/** The data of customers that the operator may see. */
export interface Visibility {
  readonly showsValues: boolean;
  /** `false`: the origin gave the input of the dip, so the input is data of a customer. */
  readonly showsInput: boolean;
}

/** The calls of a trial, in order. */
export interface TriedCalls {
  readonly calls: readonly TriedCall[];
  /** `undefined` means that no call failed, and that every request could be built. */
  readonly failure: OriginFailure | undefined;
}

/** A call of a trial, with its result. */
export interface TriedCall {
  readonly trial: CallTrial;
  readonly reading: Extract<Reading, { readonly kind: 'record' | 'replaced' }> | undefined;
  readonly failure: OriginFailure | undefined;
  readonly inspection: Inspection | undefined;
  /** The secrets of the request, which the answer may repeat. */
  readonly secrets: readonly string[];
}

/** The parts of one call of a trial. */
interface CallTerms {
  readonly dip: LookupDip;
  readonly shown: ShownRequest;
  readonly budget: ReadingBudget;
  readonly visibility: Visibility;
  readonly successorOf?: Replaced;
}

type HeadOfAnswer = Pick<CallTrial, 'status' | 'contentType'>;

const MAX_TYPE_LENGTH = 100;
const NO_HEAD: HeadOfAnswer = { status: 0, contentType: '' };

/** Calls an origin as a dip does, and describes the request and the answer. Stores nothing. */
@Injectable()
export class OriginTrials {
  constructor(
    private readonly origins: Origins,
    private readonly clock: Clock,
    @Inject(SYSTEMS) private readonly systems: ReadonlyMap<string, SystemConfig>,
  ) {}

  /** The call of the dip, and the call for the successor if the record names one. */
  async callAll(
    dip: LookupDip,
    { identifier }: NonNullable<Dip['subject']>,
    visibility: Visibility,
  ): Promise<TriedCalls> {
    const calls: TriedCall[] = [];
    try {
      for await (const call of this.callsOf(dip, identifier, visibility)) calls.push(call);
      return { calls, failure: calls.at(-1)?.failure };
    } catch (error) {
      if (!(error instanceof OriginFailure)) throw error;
      return { calls, failure: error };
    }
  }

  /** @throws {OriginFailure} if a request cannot be built: a value has no form under a filter */
  private async *callsOf(dip: LookupDip, identifier: Identifier, visibility: Visibility): AsyncGenerator<TriedCall> {
    const { config, request, followed } = dip.lookup;
    const system = this.systemOf(dip);
    const budget = LookupReader.budget();
    const asked = originRequest(request, identifier);
    const shown = shownRequest(system, config, visibility.showsInput ? asked : undefined);
    const first = await this.call(asked, { dip, shown, budget, visibility });
    yield first;
    if (first.reading?.kind !== 'replaced' || followed === undefined) return;
    const next = followingRequest(followed, first.reading.id, headersOf(request));
    const shownNext = shownSuccessor(system, config, followed.source, visibility.showsValues ? next : undefined);
    yield this.call(next, { dip, shown: shownNext, budget, visibility, successorOf: first.reading });
  }

  private async call(asked: OriginRequest, terms: CallTerms): Promise<TriedCall> {
    const { dip, shown, budget, visibility, successorOf } = terms;
    const { config, reader } = dip.lookup;
    const origin = this.originOf(dip);
    const system = origin.name;
    const steps = new CallSteps(this.clock);
    let answer: HttpAnswer | undefined;
    let reading: TriedCall['reading'];
    let failure: OriginFailure | undefined;
    const credentials: Credentials[] = [];
    const onBegin = (sent: Credentials): void => {
      steps.begun();
      credentials.push(sent);
    };
    const interpret: OriginRequest['interpret'] = async (received) => {
      steps.answered();
      answer = received;
      const read = await reader.interpret(received, budget, successorOf);
      steps.read();
      return read;
    };
    try {
      const { body } = await origin.call({ ...asked, interpret, onBegin }, demandOf(dip, system));
      reading = body as TriedCall['reading'];
    } catch (error) {
      if (!(error instanceof OriginFailure)) throw error;
      failure = error;
    }
    const times = steps.times();
    const inspection = answer && (await reader.inspect(answer, visibility.showsValues, successorOf));
    const secrets = secretsOf({ system: this.systemOf(dip), lookup: config, request: asked, credentials });
    const expression = successorOf === undefined ? config.origin.record : undefined;
    const trial: CallTrial = {
      system,
      request: shown,
      ...withoutSecrets(asked.kind === 'sql' ? NO_HEAD : headOf(answer, failure), secrets),
      steps: times,
      ...withoutSecrets(
        {
          shape: inspection?.shape ?? [],
          decision: inspection?.decision ?? { by: 'status', rules: [] },
          record: recordOf(inspection, expression),
        },
        secrets,
      ),
    };
    return { trial, reading, failure, inspection, secrets };
  }

  /** The system of the tenant, or else the shared one. */
  private originOf({ lookup, tenant }: LookupDip): Origin {
    return this.origins.get(lookup.config.origin.system, tenant);
  }

  private systemOf(dip: LookupDip): SystemConfig {
    const { name } = this.originOf(dip);
    const system = this.systems.get(name);
    if (system === undefined) throw new RangeError(`no system is called ${name}`);
    return system;
  }
}

function demandOf({ lookup, subject, deadline }: LookupDip, system: string): Demand {
  return {
    priority: 'desktop',
    deadline,
    bulkhead: lookup.bulkheads?.forSystem(system),
    lookup: lookup.name,
    subject: subject && hashOfEntryKey(subject.entryKey),
  };
}

/** The status and the media type of an answer. A failure without an answer has neither. */
function headOf(answer: HttpAnswer | undefined, failure: OriginFailure | undefined): HeadOfAnswer {
  if (answer === undefined) {
    const { status = 0, contentType = '' } = failure?.details ?? {};
    return { status, contentType };
  }
  const [type = ''] = (answer.headers['content-type'] ?? '').split(';', 1);
  return { status: answer.status, contentType: type.trim().slice(0, MAX_TYPE_LENGTH) };
}

function recordOf(inspection: Inspection | undefined, expression = ''): CallTrial['record'] {
  if (inspection === undefined) return { expression, found: 'nothing', matches: 0, missing: [] };
  return { expression, ...inspection.record, matches: inspection.matches };
}
