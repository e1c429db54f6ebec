import { COUNT_GROUPS, type CountGroup } from './process-sample.js';

/** Numbers by name. A missing name means 0. */
export type Counts = Readonly<Record<string, number>>;
/** The counters of all groups. */
export type GroupedCounts = Readonly<Record<CountGroup, Counts>>;

/** Counters that grow and shrink, such as the sum over a window. */
export class MutableCounts {
  private readonly groups = new Map<CountGroup, Map<string, number>>(COUNT_GROUPS.map((group) => [group, new Map()]));

  /** @param times -1 takes the counts away again */
  add(added: GroupedCounts, times: 1 | -1 = 1): void {
    for (const group of COUNT_GROUPS) {
      const counts = this.groups.get(group);
      for (const [name, count] of Object.entries(added[group])) {
        const sum = (counts?.get(name) ?? 0) + times * count;
        if (sum === 0) counts?.delete(name);
        else counts?.set(name, sum);
      }
    }
  }

  of(group: CountGroup): Counts {
    return Object.fromEntries(this.groups.get(group) ?? []);
  }

  all(): GroupedCounts {
    return byGroup((group) => this.of(group));
  }
}

/** @param read returns the counts of one group */
export function byGroup(read: (group: CountGroup) => Counts): GroupedCounts {
  return Object.fromEntries(COUNT_GROUPS.map((group) => [group, read(group)])) as Record<CountGroup, Counts>;
}

/** The growth between two readings of counters. Leaves out counters that did not grow. */
export function growth(now: GroupedCounts, before: GroupedCounts | undefined): GroupedCounts {
  return byGroup((group) => {
    const grown = Object.entries(now[group]).map(
      ([name, count]) => [name, Math.max(0, count - (before?.[group][name] ?? 0))] as const,
    );
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  });
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
