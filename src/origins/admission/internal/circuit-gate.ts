import { CircuitBreaker, type CircuitPermit } from '../../../kernel/circuit-breaker.js';
import type { Clock } from '../../../kernel/clock.js';
import type { OriginFailure } from '../../../kernel/errors.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, AdmissionRequest, GatePass } from './admission-gate.js';

/**
 * Refuses calls while the circuit of their lookup is open, except one probe at a time.
 *
 * Each lookup of the origin has its own circuit. A lookup whose address fails, or that the
 * credentials do not cover, therefore does not stop the other lookups of the origin. The map holds
 * one circuit for each declared lookup, and one for all calls without a lookup.
 */
export class CircuitGate implements AdmissionGate {
  private readonly circuits = new Map<string, CircuitBreaker>();

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Whether the circuit of at least one lookup is open. */
  get isOpen(): boolean {
    return [...this.circuits.values()].some((circuit) => circuit.isOpen);
  }

  enter({ demand: { lookup = '', subject = '' } }: AdmissionRequest): GatePass | ShedReason {
    const permit = this.circuit(lookup).tryAcquire(subject);
    return permit === undefined ? 'circuit' : new CircuitPass(permit, subject);
  }

  private circuit(lookup: string): CircuitBreaker {
    const known = this.circuits.get(lookup);
    if (known !== undefined) return known;
    const circuit = new CircuitBreaker(this.clock, this.random);
    this.circuits.set(lookup, circuit);
    return circuit;
  }
}

class CircuitPass implements GatePass {
  private isSettled = false;

  constructor(
    private readonly permit: CircuitPermit,
    private readonly subject: string,
  ) {}

  recheck(): ShedReason | undefined {
    return this.permit.isValid() ? undefined : 'circuit';
  }

  /**
   * Any answer closes the circuit, also one that reports an error of the request. A refusal of the
   * credentials does not. A refused token says nothing yet: the call is repeated with another one.
   */
  settled(failure: OriginFailure | undefined): void {
    const { alive, credentialsRefused, refusedToken } = failure?.details ?? { alive: true };
    if (credentialsRefused !== true && refusedToken !== undefined) return;
    this.isSettled = true;
    if (credentialsRefused === true) this.permit.refused(this.subject);
    else if (alive === true) this.permit.succeeded();
    else this.permit.failed(this.subject);
  }

  release(): void {
    if (!this.isSettled) this.permit.cancel();
  }
}
