import { inSpan } from '../../../platform/tracing/spans.js';
import type { ShedReason } from '../../origin.metrics.js';
import { Admission, type AdmissionGate, type AdmissionRequest } from './admission-gate.js';

/** Waits for admission, in a span if the request is traced. */
export function tracedAdmission(
  system: string,
  request: AdmissionRequest,
  gates: readonly AdmissionGate[],
): Promise<Admission | ShedReason> {
  const attributes = { 'datadip.system': system, 'datadip.priority': request.demand.priority };
  return inSpan(
    { name: 'admission', kind: 'internal', attributes },
    () => Admission.request(gates, request),
    (admitted) => ({ 'datadip.outcome': typeof admitted === 'string' ? admitted : 'admitted' }),
  );
}
