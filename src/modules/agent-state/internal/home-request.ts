import {
  DEADLINE_HEADER,
  FORWARDED_CALLER_HEADER,
  FORWARDED_HEADER,
  FORWARDED_SIGNATURE_HEADER,
} from '../../../contracts/headers.js';
import type { Deadline } from '../../../kernel/deadline.js';
import { callerOf, type DatadipRequest } from '../../../platform/http/request-context.js';
import type { ForwardedCallers } from '../../../regions/forwarded-callers.js';

/** The facts of a request that decide where its tenant's agents are handed out. */
export interface AgentRequest {
  readonly tenant: string;
  /**
   * The name of the caller. Claims with the same call id and different names are different claims.
   */
  readonly caller: string;
  /**
   * `true` means that another region has forwarded the request. This region then never forwards it.
   */
  readonly isForwarded: boolean;
  readonly deadline: Deadline;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MILLISECONDS = /^\d{1,6}$/;

/** Reads a request that is not a claim. The name of its caller has no effect. */
export function agentRequest(request: DatadipRequest, tenant: string): AgentRequest {
  const { name: caller } = callerOf(request);
  const { deadline } = request;
  if (request.get(FORWARDED_HEADER) === undefined) return { tenant, caller, isForwarded: false, deadline };
  const leftMs = request.get(DEADLINE_HEADER) ?? '';
  return {
    ...{ tenant, caller, isForwarded: true },
    deadline: MILLISECONDS.test(leftMs) ? deadline.within(Number(leftMs)) : deadline,
  };
}

/**
 * Reads a claim. A caller has the same name in all regions, so a call gets the same agent in
 * whichever region the caller asks.
 *
 * The header with the caller's name counts if a region has signed it. An unsigned name becomes
 * `<name of the key's caller> <name>`. No name contains a space, so this text never equals the name
 * of a caller. So no header gives a caller the claims of another caller.
 */
export function claimRequest(
  request: DatadipRequest,
  tenant: string,
  callId: string | undefined,
  callers: Pick<ForwardedCallers, 'isSigned'>,
): AgentRequest {
  const plain = agentRequest(request, tenant);
  if (!plain.isForwarded) return plain;
  const given = request.get(FORWARDED_CALLER_HEADER) ?? '';
  const caller = NAME.test(given) ? given : '';
  const signature = request.get(FORWARDED_SIGNATURE_HEADER) ?? '';
  const from = request.get(FORWARDED_HEADER) ?? '';
  const isSigned = caller !== '' && callers.isSigned({ tenant, caller, callId: callId ?? '' }, from, signature);
  return { ...plain, caller: isSigned ? caller : `${plain.caller} ${caller}` };
}
