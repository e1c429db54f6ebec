import { Injectable } from '@nestjs/common';
import { HttpProblem } from '../../../kernel/errors.js';
import { Homes, type Place } from '../../../regions/homes.js';
import { RemoteClaims, type HomeRequest, type RemoteAnswer } from '../../../regions/remote-claims.js';
import type { AgentRequest } from '../internal/home-request.js';

/** The place of a tenant whose home is this region. */
export type Here = Extract<Place, { kind: 'here' }>;

/** A request that can run here, and can be sent to another region. */
export interface HomeCall<T> {
  readonly here: (place: Here) => Promise<T>;
  readonly sent: Pick<HomeRequest, 'method' | 'pathAndQuery' | 'body' | 'callId' | 'after'> & {
    readonly isRepeatable?: boolean;
  };
  /** Reads the answer of the other region. `undefined` means that it has another form. */
  readonly read: (answer: RemoteAnswer) => T | undefined;
}

/**
 * The home of a tenant moves, or regions disagree about it. A move takes 10 s or more. A
 * disagreement lasts until the regions have the same table of homes.
 */
const NO_HOME_RETRY_AFTER_S = 5;

/**
 * Runs a request about agents where the tenant is at home: here, or in another region. A request
 * that another region has forwarded is not forwarded again.
 */
@Injectable()
export class HomeCalls {
  constructor(
    private readonly homes: Homes,
    private readonly remote: RemoteClaims,
  ) {}

  /** @throws {HttpProblem} `no_home` or `region_unreachable` */
  forClaim<T>(request: AgentRequest, call: HomeCall<T>): Promise<T> {
    return this.run(this.homes.claimPlace(request.tenant), request, call);
  }

  /**
   * Runs a request that claims no agent.
   *
   * @throws {HttpProblem} `no_home` or `region_unreachable`
   */
  forOthers<T>(request: AgentRequest, call: HomeCall<T>): Promise<T> {
    return this.run(this.homes.lockPlace(request.tenant), request, call);
  }

  private run<T>(
    place: Place,
    { tenant, caller, isForwarded, deadline }: AgentRequest,
    { here, sent, read }: HomeCall<T>,
  ): Promise<T> {
    if (place.kind === 'here') return here(place);
    if (place.kind === 'nowhere' || isForwarded) return Promise.reject(noHome());
    return this.remote.send(place, { isRepeatable: false, ...sent, tenant, caller }, deadline, read);
  }
}

function noHome(): HttpProblem {
  return new HttpProblem(
    'no_home',
    503,
    'no region hands out agents of the tenant now: its home moves, or regions disagree about it',
    NO_HOME_RETRY_AFTER_S,
  );
}
