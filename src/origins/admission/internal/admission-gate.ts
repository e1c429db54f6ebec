import type { OriginFailure } from '../../../kernel/errors.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { Demand } from '../../origin.js';

/** A call that asks for admission. */
export interface AdmissionRequest {
  readonly demand: Demand;
  /** Until when the call may wait at the gates that can make it wait. */
  readonly waitUntilMs: number;
}

/** The pass that a gate gave to one admitted call. */
export interface GatePass {
  /**
   * Why the call must not be made after all. Checked after the last gate, because the call may have
   * waited there.
   */
  recheck?(): ShedReason | undefined;
  /** The call was answered (`undefined`) or failed. Called at most once, before `release`. */
  settled?(failure: OriginFailure | undefined): void;
  /**
   * Takes the pass back: the call was not made, or the origin has finished with it. Called once.
   */
  release?(): void;
}

/** A condition that a call must meet before the origin is called. */
export interface AdmissionGate {
  /**
   * Returns a pass, or the reason for refusing the call. A gate that never makes calls wait returns
   * no promise.
   */
  enter(request: AdmissionRequest): GatePass | ShedReason | Promise<GatePass | ShedReason>;
}

/** The passes of one admitted call, in the order of the gates. */
export class Admission {
  private readonly passes: GatePass[] = [];

  /**
   * Enters the gates in order, then checks again that each still admits the call.
   *
   * Guarantees:
   * - A refused call holds no pass.
   * - The passes are released in reverse order.
   */
  static async request(gates: readonly AdmissionGate[], request: AdmissionRequest): Promise<Admission | ShedReason> {
    const admission = new Admission();
    const refused = (await admission.enterAll(gates, request)) ?? admission.recheck();
    if (refused === undefined) return admission;
    admission.release();
    return refused;
  }

  settle(failure: OriginFailure | undefined): void {
    for (const pass of this.passes) pass.settled?.(failure);
  }

  release(): void {
    for (const pass of this.passes.toReversed()) pass.release?.();
  }

  private async enterAll(gates: readonly AdmissionGate[], request: AdmissionRequest): Promise<ShedReason | undefined> {
    for (const gate of gates) {
      const entered = gate.enter(request);
      const result = entered instanceof Promise ? await entered : entered;
      if (typeof result === 'string') return result;
      this.passes.push(result);
    }
    return undefined;
  }

  private recheck(): ShedReason | undefined {
    for (const pass of this.passes) {
      const refused = pass.recheck?.();
      if (refused !== undefined) return refused;
    }
    return undefined;
  }
}
