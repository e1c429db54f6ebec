/** An IPv6 sender usually has a whole /64 network. */
export function networkOf(address: string | undefined): string {
  const given = address ?? '';
  return given.includes(':') && !given.includes('.') ? given.split(':', 4).join(':') : given;
}
