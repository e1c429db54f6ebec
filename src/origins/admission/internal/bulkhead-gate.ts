import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, AdmissionRequest, GatePass } from './admission-gate.js';

const UNLIMITED: GatePass = {};

/**
 * Refuses calls of a lookup whose own limit of concurrent calls is reached, so that this lookup
 * cannot starve other lookups.
 */
export class BulkheadGate implements AdmissionGate {
  enter({ demand: { bulkhead } }: AdmissionRequest): GatePass | ShedReason {
    return bulkhead === undefined ? UNLIMITED : (bulkhead.tryAcquire() ?? 'concurrency');
  }
}
