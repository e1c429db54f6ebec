import { DEADLINE_HEADER, FORWARDED_CALLER_HEADER, FORWARDED_HEADER } from '../../../contracts/headers.js';
import type { Deadline } from '../../../kernel/deadline.js';
import { callerOf, type DatadipRequest } from '../../../platform/http/request-context.js';

/** The facts of a request that decide where its tenant's agents are handed out. */
export interface AgentRequest {
  readonly tenant: string;
  /** Claims with the same call id stay apart if these differ. */
  readonly caller: string;
  /** Another region has forwarded the request, so this region does not. */
  readonly isForwarded: boolean;
  readonly deadline: Deadline;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MILLISECONDS = /^\d{1,6}$/;

/**
 * A region forwards the requests of all its callers with one key. Their names stand behind the name
 * of that key's caller, after a space, which no name holds. So no header gives a caller the claims
 * of another caller of this region.
 */
export function agentRequest(request: DatadipRequest, tenant: string): AgentRequest {
  const { name } = callerOf(request);
  const { deadline } = request;
  if (request.get(FORWARDED_HEADER) === undefined) return { tenant, caller: name, isForwarded: false, deadline };
  const original = request.get(FORWARDED_CALLER_HEADER) ?? '';
  const leftMs = request.get(DEADLINE_HEADER) ?? '';
  return {
    tenant,
    caller: `${name} ${NAME.test(original) ? original : ''}`,
    isForwarded: true,
    deadline: MILLISECONDS.test(leftMs) ? deadline.within(Number(leftMs)) : deadline,
  };
}
