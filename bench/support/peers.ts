import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './alternate.ts';
import { aniOf, ask, askByGet, type Answer } from './ask.ts';
import type { Datadip } from './datadip.ts';
import { freePort } from './free-port.ts';
import { BENCH } from './places.ts';
import type { BenchRedis } from './redis.ts';
import { SERVER_CORE, type Stage } from './stage.ts';
import { onPath } from './tools.ts';

/** Writes the answers to a file as `[[ani, answer], …]`. */
export function saveAnswers(stage: Stage, answers: readonly Answer[]): string {
  const file = join(stage.scratch, 'answers.json');
  const pairs = answers.map(({ body }, at) => [aniOf(at + 1), JSON.parse(body) as unknown]);
  writeFileSync(file, JSON.stringify(pairs));
  return file;
}

/** Stores the same answers under the keys of the peer. */
export async function storeForPeer({ client }: BenchRedis, answers: readonly Answer[]): Promise<void> {
  const { hash } = await import('node:crypto');
  const key = (at: number): string => `peer:${hash('sha256', aniOf(at + 1))}`;
  await Promise.all(answers.map(({ body }, at) => client.set(key(at), body)));
}

export interface PeerOptions {
  /** A program in `bench/`. */
  readonly program: 'peer-map.ts' | 'peer-redis.ts';
  readonly name: string;
  readonly customers: number;
  readonly env: Record<string, string>;
}

/** Starts a peer on the core of the server. */
export async function startPeer(stage: Stage, { program, name, customers, env }: PeerOptions): Promise<Contender> {
  const port = await freePort();
  const actor = stage.start({
    name: name.replaceAll(/\W+/g, '-'),
    core: SERVER_CORE,
    command: process.execPath,
    args: [join(BENCH, program)],
    env: { NODE_ENV: 'production', PORT: `${port}`, ...env },
  });
  const url = `http://127.0.0.1:${port}`;
  await stage.until(actor, async () => {
    const { body } = await ask(url, customers);
    if (!body.includes('"contactFound":true')) throw new Error(`it answers ${body}`);
  });
  return { name, url, pid: actor.pid, request: 'post', customers };
}

/** Starts nginx with one worker as a cache of Datadip. `undefined` if nginx is not installed. */
export async function startNginx(stage: Stage, datadip: Datadip, customers: number): Promise<Contender | undefined> {
  const command = onPath('nginx');
  if (command === undefined) return undefined;
  const port = await freePort();
  const config = join(stage.scratch, 'nginx.conf');
  writeFileSync(config, nginxConfig(stage.scratch, port, datadip.url));
  const actor = stage.start({ name: 'nginx', core: SERVER_CORE, command, args: ['-c', config, '-p', stage.scratch] });
  const url = `http://127.0.0.1:${port}`;
  await stage.until(actor, () => askByGet(url, 1));
  return { name: 'nginx proxy_cache (GET)', url, pid: actor.pid, request: 'get', customers };
}

function nginxConfig(dir: string, port: number, upstream: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  return `
    daemon off; master_process off; pid ${dir}/nginx.pid; error_log stderr;
    events { worker_connections 4096; }
    http {
      ${temporary.join(' ')}
      access_log off; keepalive_requests 1000000000;
      proxy_cache_path ${dir}/cache keys_zone=answers:32m;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass ${upstream}; proxy_cache answers; proxy_cache_key $request_uri; proxy_cache_valid 200 1h;
          proxy_ignore_headers Cache-Control; add_header X-Proxy-Cache $upstream_cache_status;
        }
      }
    }`;
}
