import type { HomeMoved } from '../../messaging/log/log-values.js';
import { VALUE_VERSION } from '../../messaging/log/log-values.js';
import type { TenantHome } from './homes-table.js';

/** How long a claim without a confirmation keeps its agent, in milliseconds. */
export const LONGEST_CLAIM_MS = 10_000;
/** The distance between the last fence of the former home and the first fence of the new home. */
const FENCE_DISTANCE = 1_000_000;
/** Fences follow the clock, in steps of 10 us. Clocks of two regions differ by under a minute. */
const FENCES_PER_MS = 100;
const UNKNOWN_FENCE_DISTANCE = FENCE_DISTANCE + 60_000 * FENCES_PER_MS;

/** The knowledge of a region about the tenant and about the other regions. */
export interface MoveView {
  readonly present: TenantHome;
  /** When this region applied the record of the present home, by the clock of its Redis. */
  readonly presentSinceMs: number;
  readonly nowMs: number;
  /**
   * The message of the former home that it has stopped, for the present epoch. This region applied
   * the message at `atMs`, by the clock of its Redis. `undefined` means that there is no such
   * message yet.
   */
  readonly released: Release | undefined;
  readonly regions: readonly {
    readonly name: string;
    readonly isSilent: boolean;
    /** Whether the region's table has the present home of the tenant. */
    readonly hasRead: boolean;
  }[];
}

export interface Release {
  readonly region: string;
  readonly lastFence: number;
  readonly atMs: number;
}

export interface MoveTerms {
  readonly tenant: string;
  readonly to: string;
  /**
   * A region whose processes have all stopped, as the operator says. `sinceMs`: when the operator
   * said so, by the clock of this region's Redis.
   */
  readonly stopped?: { readonly region: string; readonly sinceMs: number } | undefined;
}

export type MoveStep =
  | { readonly kind: 'append'; readonly record: HomeMoved }
  /** @property what the move waits for, in words */
  | { readonly kind: 'wait'; readonly what: string }
  | { readonly kind: 'done' };

/**
 * Decides the next step of a move of a home. The state of the move is only in the log, so any
 * region can continue a move that was interrupted.
 *
 * 1. The tenant has no home.
 * 2. The former home reports that it has stopped, and its last fence.
 * 3. Every region that is heard has read the record of step 1, and the longest claim has ended.
 * 4. The tenant has the new home, with higher fences.
 * 5. Every region that is heard has read the record of step 4.
 */
export function nextStep(view: MoveView, terms: MoveTerms): MoveStep {
  const { present } = view;
  const { tenant, to } = terms;
  if (present.home === to) return unread(view, 'the new home') ?? { kind: 'done' };
  if (present.home !== null) return append(tenant, present.epoch + 1, null, 0);
  return (
    running(view, terms) ??
    unread(view, 'that there is no home') ??
    unclaimed(view, terms) ??
    append(tenant, present.epoch + 1, to, fenceAbove(view))
  );
}

/** Waits until the former home reports that it has stopped, or the operator has said so. */
function running({ present, released, regions }: MoveView, { stopped }: MoveTerms): MoveStep | undefined {
  const { former } = present;
  if (former === undefined || released?.region === former) return undefined;
  // A region that is heard still runs, even if the operator says that it has stopped.
  const isHeard = regions.some(({ name, isSilent }) => name === former && !isSilent);
  if (stopped?.region === former && !isHeard) return undefined;
  const hint = isHeard ? '' : `, which is not heard; if all its processes are stopped, add --stopped ${former}`;
  return { kind: 'wait', what: `the former home ${former} to stop${hint}` };
}

function unread({ regions }: MoveView, what: string): MoveStep | undefined {
  const late = regions.filter(({ isSilent, hasRead }) => !isSilent && !hasRead).map(({ name }) => name);
  return late.length === 0 ? undefined : { kind: 'wait', what: `${late.join(', ')} to read ${what}` };
}

/** Waits for the end of the last claims: the former home may have claimed until it stopped. */
function unclaimed({ presentSinceMs, released, nowMs }: MoveView, { stopped }: MoveTerms): MoveStep | undefined {
  const stoppedAtMs = Math.max(presentSinceMs, released?.atMs ?? stopped?.sinceMs ?? 0);
  const leftMs = stoppedAtMs + LONGEST_CLAIM_MS - nowMs;
  return leftMs <= 0 ? undefined : { kind: 'wait', what: `the end of the last claims, ${Math.ceil(leftMs / 1000)} s` };
}

function fenceAbove({ present, released, nowMs }: MoveView): number {
  if (released !== undefined && released.region === present.former) return released.lastFence + FENCE_DISTANCE;
  return Math.floor(nowMs) * FENCES_PER_MS + UNKNOWN_FENCE_DISTANCE;
}

function append(tenant: string, epoch: number, home: string | null, above: number): MoveStep {
  const record = { schema: VALUE_VERSION, type: 'tenant.home', tenant, epoch, home, fenceAbove: above } as const;
  return { kind: 'append', record };
}
