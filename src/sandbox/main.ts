import { SWITCHES } from './behaviour.js';
import { startSandbox, type Sandbox } from './sandbox-server.js';

/** True when another process started this one and listens to it. */
const isForked = process.send !== undefined;

const host = process.env.SANDBOX_HOST ?? '127.0.0.1';

async function main(): Promise<void> {
  const starting = started();
  endWith(starting);
  const { url } = await starting;
  if (isForked) process.send?.({ url }, undefined, {}, parentIsGone);
  else process.stdout.write(`Sandbox CRM at ${url}; PUT ${url}/sandbox/behaviour switches ${SWITCHES.join(', ')}\n`);
}

async function started(): Promise<Sandbox> {
  const asked = portAsked(process.env.SANDBOX_PORT);
  // The service that forked it is about to listen there.
  const port = isForked && `${asked}` === process.env.PORT ? 0 : asked;
  try {
    return await startSandbox({ port, host });
  } catch (error) {
    // A forked sandbox tells its parent where it is, so any port will do.
    if (isForked && codeOf(error) === 'EADDRINUSE') return await startSandbox({ port: 0, host });
    throw error;
  }
}

function portAsked(text = '3001'): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error(`SANDBOX_PORT must be a port from 0 to 65535, not "${text}"`);
}

function endWith(starting: Promise<Sandbox>): void {
  const end = (): void => void starting.then((sandbox) => sandbox.close()).then(() => process.exit(0), fail);
  process.once('SIGTERM', end);
  process.once('disconnect', end);
  // Ctrl-C reaches the whole terminal group. A forked sandbox stays until its parent, which may still be draining, ends it.
  if (isForked) process.on('SIGINT', () => undefined);
  else process.once('SIGINT', end);
}

/** The channel closed before the parent heard: `disconnect` follows, and ends this process. */
function parentIsGone(): void {
  return;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function fail(error: unknown): void {
  process.stderr.write(`The sandbox cannot start: ${reasonOf(error)}\n`);
  process.exit(1);
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE')
    return `${host} port ${process.env.SANDBOX_PORT ?? '3001'} is taken, set SANDBOX_PORT to another`;
  return error instanceof Error ? error.message : String(error);
}

main().catch(fail);
