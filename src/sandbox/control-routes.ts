import { readObject, Refusal, send, wrongMethod, type Answer, type Exchange, type Routes } from './exchange.js';
import type { CallStats } from './stats.js';
import type { Switchboard } from './switchboard.js';

export type Methods = Readonly<Record<string, (exchange: Exchange) => unknown>>;

/** What can be done at a path, or undefined where the path is another's. */
export type Controls = (path: string) => Methods | undefined;

/** How the sandbox itself is worked: never delayed, failed or counted, whatever the switches say. */
export function controlRoutes(controls: readonly Controls[]): Routes {
  return (exchange) => {
    const methods = controls.map((of) => of(exchange.path)).find((found) => found !== undefined);
    if (methods === undefined) return false;
    void answer(exchange, methods);
    return true;
  };
}

export function behaviourMethods(switchboard: Switchboard<{ readonly seed: number }>): Methods {
  return {
    GET: () => switchboard.behaviour,
    PUT: async ({ request }) => switchboard.change(await readObject(request)),
    DELETE: () => switchboard.reset(),
  };
}

export function statsMethods(stats: Pick<CallStats, 'view' | 'reset'>): Methods {
  return {
    GET: () => stats.view(),
    DELETE: () => {
      stats.reset();
      return stats.view();
    },
  };
}

/** Never rejects: what went wrong is the answer. */
async function answer(exchange: Exchange, methods: Methods): Promise<void> {
  const handle = Object.hasOwn(methods, exchange.method) ? methods[exchange.method] : undefined;
  if (handle === undefined) {
    send(exchange.response, wrongMethod(Object.keys(methods)));
    return;
  }
  try {
    send(exchange.response, { status: 200, body: await handle(exchange) });
  } catch (error) {
    send(exchange.response, refused(error));
  }
}

function refused(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.status, body: { error: error.message } };
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}
