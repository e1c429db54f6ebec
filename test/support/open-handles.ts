/** The resources that count as open handles, by Node's name. They keep a process from ending. */
const WATCHED = new Map([
  ['TCPServerWrap', 'TCP servers'],
  ['TCPSocketWrap', 'TCP sockets'],
  ['PipeServerWrap', 'pipe servers'],
  ['PipeWrap', 'pipes'],
  ['ProcessWrap', 'child processes'],
  ['Timeout', 'timers'],
]);

/**
 * The number of open handles of each kind. Unreferenced handles (idle pooled sockets, `unref`ed
 * timers) do not count.
 */
export type OpenHandles = ReadonlyMap<string, number>;

/** Returns the open handles of this process. */
export function currentHandles(): OpenHandles {
  return countHandles(process.getActiveResourcesInfo());
}

export function countHandles(resources: readonly string[]): OpenHandles {
  const counts = new Map<string, number>();
  for (const resource of resources) {
    const kind = WATCHED.get(resource);
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Returns the handles that were opened since `before`, as text for an error message. */
export function newHandles(before: OpenHandles, now: OpenHandles): string[] {
  const differences = [...now].map(([kind, count]) => ({ kind, extra: count - (before.get(kind) ?? 0) }));
  return differences.filter(({ extra }) => extra > 0).map(({ kind, extra }) => `${kind}: ${extra}`);
}
