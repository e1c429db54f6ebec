import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const ATTEMPTS = 100;

/**
 * Makes a node process collect its garbage, the way a debugger does after SIGUSR1. Without it V8 lets garbage lie while nobody asks
 * for memory, and what was dropped long ago still counts as used.
 *
 * @param port its `--inspect-port`
 */
export async function collectGarbage(pid: number, port: number): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await debuggerUrl(port));
  await once(socket, 'open');
  // Twice: what only finalizers held goes the second time.
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
