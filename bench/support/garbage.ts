import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const ATTEMPTS = 100;

/**
 * Makes a Node process collect its garbage, as a debugger does after SIGUSR1. Without this call V8
 * keeps garbage until memory is needed, and unreachable objects still count as used.
 *
 * @param port its `--inspect-port`
 */
export async function collectGarbage(pid: number, port: number): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await debuggerUrl(port));
  await once(socket, 'open');
  // The second collection frees objects that only finalizers held.
  for (let id = 1; id <= 2; id++) {
    socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await once(socket, 'message');
  }
  socket.close();
  await once(socket, 'close');
}

async function debuggerUrl(port: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
      return target?.webSocketDebuggerUrl ?? '';
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(50);
    }
  }
}
