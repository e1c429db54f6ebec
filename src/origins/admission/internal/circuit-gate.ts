import { CircuitBreaker, type CircuitPermit } from '../../../kernel/circuit-breaker.js';
import type { Clock } from '../../../kernel/clock.js';
import type { OriginFailure } from '../../../kernel/errors.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, GatePass } from './admission-gate.js';

/** Refuses calls while the circuit of the origin is open, except one probe at a time. */
export class CircuitGate implements AdmissionGate {
  private readonly circuit: CircuitBreaker;

  constructor(clock: Clock, random: () => number) {
    this.circuit = new CircuitBreaker(clock, random);
  }

  enter(): GatePass | ShedReason {
    const permit = this.circuit.tryAcquire();
    return permit === undefined ? 'circuit' : new CircuitPass(permit);
  }
}

class CircuitPass implements GatePass {
  private isSettled = false;

  constructor(private readonly permit: CircuitPermit) {}

  recheck(): ShedReason | undefined {
    return this.permit.isValid() ? undefined : 'circuit';
  }

  /** Any answer closes the circuit, also one that reports an error of the request. */
  settled(failure: OriginFailure | undefined): void {
    this.isSettled = true;
    if (failure === undefined || failure.details.alive === true) this.permit.succeeded();
    else this.permit.failed();
  }

  release(): void {
    if (!this.isSettled) this.permit.cancel();
  }
}
