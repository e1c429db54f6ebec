/**
 * Prints the tables `[vars.FALLBACKS.<lookup>]` for `wrangler.toml`:
 *
 * `DATADIP_KEY=… node fallback-tables.ts https://us.datadip.example.com customer caller`
 *
 * A dip without an input gets every default of the lookup. The key must be allowed to ask each
 * lookup.
 */
const WITHIN_MS = 10_000;

async function tableOf(base: string, lookup: string): Promise<string> {
  const headers = { 'x-api-key': process.env.DATADIP_KEY ?? '', 'content-type': 'application/json' };
  const url = `${base}/lookup/${encodeURIComponent(lookup)}`;
  const signal = AbortSignal.timeout(WITHIN_MS);
  const response = await fetch(url, { method: 'POST', headers, body: '{}', signal, redirect: 'manual' });
  if (response.status !== 200) throw new Error(`${lookup}: the service answered ${response.status}`);
  const answer = (await response.json()) as Record<string, unknown>;
  const own = { source: 'degraded', cacheHit: false, latencyMs: 0, error: 'origin_timeout' };
  const lines = Object.entries({ ...answer, ...own }).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [`[vars.FALLBACKS.${lookup}]`, ...lines, ''].join('\n');
}

const [base, ...lookups] = process.argv.slice(2);
try {
  if (base === undefined || lookups.length === 0)
    throw new Error('usage: node fallback-tables.ts <address> <lookup> …');
  for (const lookup of lookups) process.stdout.write(`${await tableOf(new URL(base).origin, lookup)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
