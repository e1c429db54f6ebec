/**
 * The decoded values of the `:name` segments if the path matches the template. Other segments match
 * exactly, after decoding. `undefined` if the path does not match.
 */
export function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const expected = template.split('/');
  const segments = path.split('/');
  if (expected.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of expected.entries()) {
    const segment = decoded(segments[at] ?? '');
    if (segment === undefined) return undefined;
    if (name.startsWith(':')) params[name.slice(1)] = segment;
    else if (name !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
