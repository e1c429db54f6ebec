import type { Switchboard } from './behaviour.js';
import type { CustomerBook } from './customer-book.js';
import {
  readObject,
  Refusal,
  segmentBelow,
  send,
  wrongMethod,
  type Answer,
  type Exchange,
  type Routes,
} from './exchange.js';
import type { CallStats } from './stats.js';

interface Controlled {
  readonly switchboard: Switchboard;
  readonly stats: CallStats;
  readonly book: CustomerBook;
}

type Methods = Readonly<Record<string, (exchange: Exchange) => unknown>>;

/** How the sandbox itself is worked: never delayed, failed or counted, whatever the switches say. */
export function controlRoutes(controlled: Controlled): Routes {
  return (exchange) => {
    const methods = methodsOf(exchange.path, controlled);
    if (methods === undefined) return false;
    void answer(exchange, methods);
    return true;
  };
}

function methodsOf(path: string, { switchboard, stats, book }: Controlled): Methods | undefined {
  if (path === '/sandbox/behaviour') return behaviourMethods(switchboard);
  if (path === '/sandbox/stats') return statsMethods(stats);
  const id = segmentBelow('/sandbox/customers/', path);
  return id === undefined ? undefined : customerMethods(book, id);
}

function behaviourMethods(switchboard: Switchboard): Methods {
  return {
    GET: () => switchboard.behaviour,
    PUT: async ({ request }) => switchboard.change(await readObject(request)),
    DELETE: () => switchboard.reset(),
  };
}

function statsMethods(stats: CallStats): Methods {
  return {
    GET: () => stats.view(),
    DELETE: () => {
      stats.reset();
      return stats.view();
    },
  };
}

function customerMethods(book: CustomerBook, id: string): Methods {
  return {
    PUT: async ({ request }) => book.change(id, await readObject(request)),
    DELETE: () => book.undo(id),
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
