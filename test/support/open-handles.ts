/** What counts as left open, in Node's words and in ours. All of these keep a process from ending. */
const WATCHED = new Map([
  ['TCPServerWrap', 'TCP servers'],
  ['TCPSocketWrap', 'TCP sockets'],
  ['PipeServerWrap', 'pipe servers'],
  ['PipeWrap', 'pipes'],
  ['ProcessWrap', 'child processes'],
  ['Timeout', 'timers'],
]);

/** How many of each kind there are; unreferenced ones (idle pooled sockets, `unref`ed timers) do not count. */
export type OpenHandles = ReadonlyMap<string, number>;

/** In this process, now. */
export function openNow(): OpenHandles {
  return openHandles(process.getActiveResourcesInfo());
}

export function openHandles(resources: readonly string[]): OpenHandles {
  const counts = new Map<string, number>();
  for (const resource of resources) {
    const kind = WATCHED.get(resource);
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** What there is now beyond what there was before, in words; empty when nothing was left. */
export function leftOpen(before: OpenHandles, now: OpenHandles): string[] {
  const more = [...now].map(([kind, count]) => ({ kind, extra: count - (before.get(kind) ?? 0) }));
  return more.filter(({ extra }) => extra > 0).map(({ kind, extra }) => `${kind}: ${extra}`);
}
