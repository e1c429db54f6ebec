import { chmod, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { commandIn, UsageError, type Command } from './words.ts';

const MAX_BODY_BYTES = 1000;
const ANSWERS_WITHIN_MS = 60_000;

/** The socket of the running regions of this user. */
const SOCKET = join(tmpdir(), `datadip-regions-${process.getuid?.() ?? 'user'}.sock`);

/** No process listens at the socket. */
export class NotRunning extends Error {}

/** The running regions did not carry out the command. */
export class CommandFailed extends Error {}

/**
 * Accepts commands from other terminals.
 *
 * @param run carries out a command and returns the text for its terminal
 * @returns a function that stops it
 */
export async function acceptCommands(
  run: (command: Command) => Promise<string>,
  socket = SOCKET,
): Promise<() => Promise<void>> {
  if (await answers(socket)) throw new Error('three regions run already in another terminal; end them there by Ctrl-C');
  await rm(socket, { force: true });
  const server = createServer((asked, response) => {
    void carryOut(asked, run).then(({ status, body }) => response.writeHead(status).end(body));
  });
  await listen(server, socket);
  await chmod(socket, 0o600);
  return async () => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    await closed;
    await rm(socket, { force: true });
  };
}

/**
 * Sends the words of a command to the running regions, and returns their answer.
 *
 * @throws {NotRunning | CommandFailed}
 */
export async function sendWords(words: readonly string[], socket = SOCKET): Promise<string> {
  const { status, body } = await post(socket, JSON.stringify(words));
  if (status !== 200) throw new CommandFailed(body);
  return body;
}

async function carryOut(
  asked: IncomingMessage,
  run: (command: Command) => Promise<string>,
): Promise<{ readonly status: number; readonly body: string }> {
  try {
    return { status: 200, body: await run(await commandFrom(asked)) };
  } catch (error) {
    const status = error instanceof UsageError ? 400 : 500;
    return { status, body: error instanceof Error ? error.message : String(error) };
  }
}

async function commandFrom(asked: IncomingMessage): Promise<Command> {
  if (Number(asked.headers['content-length'] ?? Infinity) > MAX_BODY_BYTES)
    throw new UsageError(`a command has at most ${MAX_BODY_BYTES} bytes`);
  const words: unknown = JSON.parse(await text(asked));
  const isList = Array.isArray(words) && words.every((word) => typeof word === 'string');
  const command = isList ? commandIn(words) : undefined;
  if (command === undefined) throw new UsageError('no command');
  return command;
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}

async function answers(socket: string): Promise<boolean> {
  try {
    await post(socket, '[]');
    return true;
  } catch (error) {
    if (error instanceof NotRunning) return false;
    throw error;
  }
}

function post(socketPath: string, body: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(body) };
    const call = request({ socketPath, method: 'POST', path: '/', headers, agent: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
    });
    call.setTimeout(ANSWERS_WITHIN_MS, () => call.destroy(new Error(`no answer within ${ANSWERS_WITHIN_MS} ms`)));
    call.on('error', (error: NodeJS.ErrnoException) => {
      const gone = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(gone ? new NotRunning('no regions run: start them by "npm run regions"', { cause: error }) : error);
    });
    call.end(body);
  });
}
