/** The length of text that counts as one member. */
const CHARACTERS_PER_MEMBER = 256;

/**
 * The number of members of a JSON value, at any depth. Long text counts as several. Stops above
 * `max`, so that a large value costs no more than a small one. Runs in worker threads too.
 */
export function sizeOf(value: unknown, max: number): number {
  const pending: unknown[] = [value];
  let size = 0;
  while (pending.length > 0 && size <= max) {
    const item = pending.pop();
    size += 1;
    if (typeof item === 'string') size += Math.floor(item.length / CHARACTERS_PER_MEMBER);
    else if (typeof item === 'object' && item !== null) {
      for (const member of Object.values(item)) pending.push(member);
      // The names of members are text, and a list may be longer than the limit.
      if (pending.length > max) return max + 1;
    }
  }
  return size;
}
