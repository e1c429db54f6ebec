import calculateSlot from 'cluster-key-slot';

/** The key of the record of a standalone server. */
export const STANDALONE_RECORD = recordKey(0);
/** Enough to find a key of a single slot in 16,384. */
const MAX_TRIES = 200_000;

function recordKey(tag: number): string {
  return `datadip-history:{${tag}}`;
}

/**
 * Returns the key of the record of a node: the first key, in a fixed order, whose slot the node
 * has. All processes therefore choose the same key. `undefined` if the node has no slot.
 */
export function recordKeyIn(slots: OwnSlots): string | undefined {
  if (slots.isEmpty) return undefined;
  for (let tag = 0; tag < MAX_TRIES; tag += 1) if (slots.has(calculateSlot(`${tag}`))) return recordKey(tag);
  return undefined;
}

export interface OwnSlots {
  readonly isEmpty: boolean;
  has(slot: number): boolean;
}

/** @param nodes the reply to CLUSTER NODES. The line of the node itself says `myself`. */
export function ownSlots(nodes: string): OwnSlots {
  const own = nodes.split('\n').find((line) => line.split(' ')[2]?.includes('myself') === true);
  const ranges = (own?.trim().split(' ').slice(8) ?? []).flatMap((text) => {
    const [first = NaN, last = first] = text.split('-').map(Number);
    return Number.isInteger(first) && Number.isInteger(last) ? [{ first, last }] : [];
  });
  return {
    isEmpty: ranges.length === 0,
    has: (slot) => ranges.some(({ first, last }) => slot >= first && slot <= last),
  };
}
