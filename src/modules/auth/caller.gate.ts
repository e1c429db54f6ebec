import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import { type ServerConfig, SERVER_CONFIG } from '../../config/sections/server.js';
import type { Caller } from '../../contracts/caller.js';
import { HttpProblem, OAuthProblem } from '../../kernel/errors.js';
import { Connections } from '../../platform/http/connections.js';
import { hasBody, leaveBody, whole, type BodyOutcome } from '../../platform/http/fast/raw-body.js';
import { sendProblem } from '../../platform/http/problem-filter.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteTable, type RouteMatch, type RouteTarget } from '../../platform/http/route-table.js';
import { InFlight } from '../../platform/lifecycle/in-flight.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { UserLimits } from '../../shedding/user-limits.js';
import { Credentials } from './internal/credentials.js';
import { isForeignLogin } from './internal/foreign-login.js';
import { TokenLimits } from './internal/token-limits.js';
import { UnverifiedBodies } from './internal/unverified-bodies.js';
import { WebhookSignatures } from './internal/webhook-signatures.js';
import type { FoundCaller } from './users/user-tokens.js';
import { REQUIRED_SCOPE, type RouteScope } from './requires-scope.decorator.js';

/** A request on its way through the gate. */
interface Passage {
  readonly request: DatadipRequest;
  readonly response: Response;
  readonly next: NextFunction;
  readonly scopes: readonly RouteScope[];
}

/**
 * Checks the caller before the body of a request is read, before Nest's router, and before the
 * request counts. Only cheap stages run earlier; `app.pipeline.ts` lists them.
 *
 * Guarantees:
 * - Without a known caller, no byte of a body is parsed or kept. Of a signed event and of a token
 *   request, the bytes are kept until the credentials in them are checked (`UnverifiedBodies`).
 * - An unknown path gets 404, and a known path with another method 405, before the credentials are
 *   checked.
 * - Scopes and the limits of the caller are checked before the body is read, too.
 * - Only a request with a known caller occupies a place of `MAX_IN_FLIGHT`. A request whose
 *   response stays open occupies none.
 *
 * The caller guard checks once more, inside Nest, that this stage has admitted the request.
 */
@Injectable()
export class CallerGate {
  private readonly scopes = new Map<RouteTarget, readonly RouteScope[]>();
  private readonly signedBodies = new UnverifiedBodies();
  private readonly formBodies = new UnverifiedBodies();
  private readonly trustedOrigins: ReadonlySet<string>;

  constructor(
    private readonly signatures: WebhookSignatures,
    private readonly credentials: Credentials,
    private readonly routes: RouteTable,
    private readonly limits: RequestLimits,
    private readonly users: UserLimits,
    private readonly inFlight: InFlight,
    private readonly connections: Connections,
    private readonly tokenLimits: TokenLimits,
    reflector: Reflector,
    @Inject(SERVER_CONFIG) { corsOrigins }: ServerConfig,
  ) {
    this.trustedOrigins = new Set(corsOrigins);
    for (const target of routes.targets()) {
      const scopes = reflector.getAllAndOverride<readonly RouteScope[] | undefined>(REQUIRED_SCOPE, [
        target.handler,
        target.controller,
      ]);
      this.scopes.set(target, scopes ?? []);
    }
  }

  use(incoming: Request, response: Response, next: NextFunction): void {
    const request = incoming as DatadipRequest;
    const { headers } = request;
    const match = this.routes.matchOf(request);
    if (match.target === undefined) {
      refuseRoute(request, response, match);
      return;
    }
    if (isForeignLogin(headers, this.trustedOrigins)) {
      refuse(request, response, CROSS_SITE);
      return;
    }
    const scopes = this.scopes.get(match.target) ?? [];
    if (scopes.includes('open')) this.passOpen(request, response, next);
    else if (this.signatures.isSigned(match, request)) this.passSigned({ request, response, next, scopes }, match);
    else this.passKnown(request, response, next, scopes, this.credentials.findCaller(request));
  }

  /**
   * The only open route with a body is the token route. The credentials of a token request may be
   * in the body.
   */
  private passOpen(request: DatadipRequest, response: Response, next: NextFunction): void {
    const { headers } = request;
    if (this.routes.optionsOf(request).body !== 'form' || !hasBody(request)) {
      next();
      return;
    }
    if (headers.authorization !== undefined && !this.credentials.isKnownClient(headers.authorization)) {
      refuse(request, response, this.tokenLimits.refusal(request.socket.remoteAddress, WRONG_CLIENT));
      return;
    }
    this.formBodies.read(request, 'form', (outcome) => {
      if (outcome instanceof HttpProblem) refuse(request, response, outcome);
      else {
        request.rawBody = whole(outcome);
        next();
      }
    });
  }

  /** The headers are checked first: most wrong signatures are refused without their bodies. */
  private passSigned(passage: Passage, match: RouteMatch): void {
    const { request, response } = passage;
    const check = this.signatures.checkOf(match, request);
    if (check === undefined || match.options.body !== 'event' || !hasBody(request)) {
      refuse(request, response, UNAUTHENTICATED);
      return;
    }
    const done = (outcome: BodyOutcome): void => {
      if (outcome instanceof HttpProblem) {
        refuse(request, response, outcome);
        return;
      }
      const caller = check.caller();
      if (caller !== undefined) request.rawBody = whole(outcome);
      this.passKnown(request, response, passage.next, passage.scopes, caller);
    };
    this.signedBodies.read(request, 'event', done, (chunk) => check.update(chunk));
  }

  /** Takes its values one by one, because an object would be allocated for every hit. */
  private passKnown(
    request: DatadipRequest,
    response: Response,
    next: NextFunction,
    scopes: readonly RouteScope[],
    caller: FoundCaller | Promise<FoundCaller>,
  ): void {
    if (caller instanceof Promise) {
      caller.then((verified) => this.passKnown(request, response, next, scopes, verified)).catch(next);
      return;
    }
    // The caller has left while its credentials were checked.
    if (request.isOver) return;
    const problem = this.admit(request, caller, scopes);
    if (problem === undefined) next();
    else refuse(request, response, problem);
  }

  /** @returns why the request is refused; `undefined` if it is admitted */
  private admit(request: DatadipRequest, caller: FoundCaller, scopes: readonly RouteScope[]): HttpProblem | undefined {
    if (caller === undefined) return UNAUTHENTICATED;
    if (caller instanceof HttpProblem) return caller;
    request.caller = caller;
    this.connections.callerKnown(request);
    if (!mayUse(caller, scopes)) return WRONG_SCOPE;
    try {
      if (caller.user !== undefined) this.users.acquire(caller.user);
      if (!scopes.includes('operate')) this.limits.acquireForCaller(caller.name, request);
    } catch (problem) {
      if (problem instanceof HttpProblem) return problem;
      throw problem;
    }
    if (!this.routes.optionsOf(request).staysOpen) this.inFlight.requestAdmitted(request);
    return undefined;
  }
}

/** Problems are created once: an error of JavaScript collects its stack, which costs 10 µs. */
const CROSS_SITE = new HttpProblem(
  'cross_site',
  403,
  'request of another site with a stored login; send an API key or a token',
);
const NOT_FOUND = new HttpProblem('not_found', 404, 'unknown address');
const UNAUTHENTICATED = new HttpProblem('unauthenticated', 401, 'valid credentials required');
const WRONG_CLIENT = new OAuthProblem('invalid_client', 401, 'valid credentials required');
const WRONG_SCOPE = new HttpProblem('wrong_scope', 403, 'caller lacks the required scope');

/** Whether the caller has one of the scopes. */
export function mayUse({ scopes: held }: Caller, scopes: readonly RouteScope[]): boolean {
  for (const scope of scopes) if (scope !== 'open' && held.has(scope)) return true;
  return false;
}

function refuseRoute(request: DatadipRequest, response: Response, { allow }: RouteMatch): void {
  if (allow === '') {
    refuse(request, response, NOT_FOUND);
    return;
  }
  response.setHeader('Allow', allow);
  refuse(request, response, new HttpProblem('method_not_allowed', 405, `method not allowed; allowed: ${allow}`));
}

/** Answers without Nest, and keeps nothing of the body. */
function refuse(request: DatadipRequest, response: Response, problem: HttpProblem): void {
  if (request.isOver) return;
  if (hasBody(request)) leaveBody(request, response);
  // The sender of an evicted body would go on sending it.
  if (problem.status === 503) response.setHeader('Connection', 'close');
  sendProblem(response, problem, request.requestId);
}
