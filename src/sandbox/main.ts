import { SWITCHES } from './behaviour.js';
import { startSandbox, type Sandbox } from './sandbox-server.js';

/** True if a parent process forked this process and receives its messages. */
const isForked = process.send !== undefined;

const host = process.env.SANDBOX_HOST ?? '127.0.0.1';

async function main(): Promise<void> {
  const starting = startOnFreePort();
  closeOnSignals(starting);
  const { url } = await starting;
  if (isForked) process.send?.({ url }, undefined, {}, ignoreClosedChannel);
  else process.stdout.write(`Sandbox CRM at ${url}; PUT ${url}/sandbox/behaviour switches ${SWITCHES.join(', ')}\n`);
}

async function startOnFreePort(): Promise<Sandbox> {
  const port = parsePort(process.env.SANDBOX_PORT);
  // The parent is about to listen on its own PORT.
  const free = isForked && `${port}` === process.env.PORT ? 0 : port;
  try {
    return await startSandbox({ port: free, host });
  } catch (error) {
    // A forked sandbox sends its address to the parent, so it can use any port.
    if (isForked && codeOf(error) === 'EADDRINUSE') return await startSandbox({ port: 0, host });
    throw error;
  }
}

function parsePort(text = '3001'): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error(`SANDBOX_PORT is "${text}"; allowed: 0 to 65535`);
}

function closeOnSignals(starting: Promise<Sandbox>): void {
  const end = (): void => void starting.then((sandbox) => sandbox.close()).then(() => process.exit(0), fail);
  process.once('SIGTERM', end);
  process.once('disconnect', end);
  // Ctrl-C reaches the whole process group of the terminal. The parent may still be draining, so a
  // forked sandbox ignores SIGINT and ends with its parent.
  if (isForked) process.on('SIGINT', () => undefined);
  else process.once('SIGINT', end);
}

/** The channel closed before the message was sent: `disconnect` follows and ends this process. */
function ignoreClosedChannel(): void {
  return;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function fail(error: unknown): void {
  process.stderr.write(`the sandbox cannot start: ${reasonOf(error)}\n`);
  process.exit(1);
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE')
    return `${host} port ${process.env.SANDBOX_PORT ?? '3001'} is in use; set SANDBOX_PORT to a free port`;
  return error instanceof Error ? error.message : String(error);
}

main().catch(fail);
