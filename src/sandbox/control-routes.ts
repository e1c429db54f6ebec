import {
  readObject,
  RequestError,
  send,
  methodNotAllowed,
  type Answer,
  type Exchange,
  type Routes,
} from './exchange.js';
import type { CallStats } from './stats.js';
import type { Switchboard } from './switchboard.js';

export type Methods = Readonly<Record<string, (exchange: Exchange) => unknown>>;

/** Returns the methods of a control path. `undefined` means that the path is unknown. */
export type Controls = (path: string) => Methods | undefined;

/** The routes that control the sandbox. The switches never delay, fail or count these requests. */
export function controlRoutes(controls: readonly Controls[]): Routes {
  return (exchange) => {
    const methods = controls.map((control) => control(exchange.path)).find((match) => match !== undefined);
    if (methods === undefined) return false;
    void respond(exchange, methods);
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

/** Never rejects: an error becomes the answer. */
async function respond(exchange: Exchange, methods: Methods): Promise<void> {
  const handle = Object.hasOwn(methods, exchange.method) ? methods[exchange.method] : undefined;
  if (handle === undefined) {
    send(exchange.response, methodNotAllowed(Object.keys(methods)));
    return;
  }
  try {
    send(exchange.response, { status: 200, body: await handle(exchange) });
  } catch (error) {
    send(exchange.response, errorAnswer(error));
  }
}

function errorAnswer(error: unknown): Answer {
  if (error instanceof RequestError) return { status: error.status, body: { error: error.message } };
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}
