const GARBAGE = '(garbage collector)';
/** The engine's names for time that belongs to no function. */
const SPECIAL = new Set([GARBAGE, '(program)', '(root)']);
const ENGINE = 'engine and system calls';

/** The first matching pattern names the group. */
const GROUPS: readonly (readonly [group: string, place: RegExp])[] = [
  [
    'body reading',
    packages('body-parser', 'raw-body', 'iconv-lite', 'bytes', 'type-is', 'content-type', 'media-typer'),
  ],
  ['Express, router', packages('express', 'router', 'finalhandler', 'parseurl', 'qs', 'etag', 'fresh', 'on-finished')],
  ['Nest, RxJS', packages('@nestjs', 'rxjs', 'reflect-metadata', 'tslib')],
  ['pino', packages('pino', 'pino-http', 'nestjs-pino', 'sonic-boom')],
  ['prom-client', packages('prom-client', 'tdigest')],
  ['ioredis', packages('ioredis', '@ioredis', 'redis-parser', 'standard-as-callback', 'denque')],
  ['other packages', /\/node_modules\//],
  ['our code', /\/dist\//],
  ['Node http', /^node:(_http|internal\/http|http)/],
  ['Node sockets and streams', /^node:(net|stream|internal\/stream)/],
  [
    'Node event loop',
    /^node:(internal\/process\/task_queues|internal\/timers|timers|internal\/async_hooks|async_hooks)/,
  ],
];

/**
 * Returns the group of a function.
 *
 * @param places the place of the function, then the place of its caller, and so on. A function of
 *   the engine has no place and counts to its caller. So do helpers of Node such as `fs`, `crypto`
 *   and `events`.
 */
export function groupOf(places: readonly string[]): string {
  const [own = ''] = places;
  if (own === GARBAGE) return 'garbage collection';
  if (SPECIAL.has(own)) return ENGINE;
  for (const place of places) {
    const group = GROUPS.find(([, pattern]) => pattern.test(place))?.[0];
    if (group !== undefined) return group;
  }
  return ENGINE;
}

function packages(...names: readonly string[]): RegExp {
  return new RegExp(`/node_modules/(${names.join('|')})/`);
}
