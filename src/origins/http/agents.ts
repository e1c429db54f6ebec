import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { dial } from './dial.js';
import { isSecure, type Route } from './route.js';

type Connected = (error: Error | null, stream: Duplex) => void;
/** Returns a connection that was opened ahead. `undefined` means that there is none. */
type TakeWarm = () => net.Socket | undefined;

const NO_WARM: TakeWarm = () => undefined;

/** Opens the connections of an agent, through the forward proxy of the route if it has one. */
export function routedAgent(route: Route, options: http.AgentOptions, takeWarm = NO_WARM): http.Agent {
  return isSecure(route)
    ? new RoutedHttpsAgent(route, takeWarm, { ...options, ...route.tls })
    : new RoutedHttpAgent(route, takeWarm, options);
}

/** Opens a new connection for each request, and closes it after the answer. */
export function freshAgent(route: Route): http.Agent {
  return routedAgent(route, { keepAlive: false });
}

class RoutedHttpAgent extends http.Agent {
  constructor(
    private readonly route: Route,
    private readonly takeWarm: TakeWarm,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Connected): Duplex | null | undefined {
    const socket = this.takeWarm();
    if (socket !== undefined || this.route.proxy === undefined)
      return socket ?? super.createConnection(options, callback);
    dialInto(this.route, callback);
    return undefined;
  }
}

class RoutedHttpsAgent extends https.Agent {
  constructor(
    private readonly route: Route,
    private readonly takeWarm: TakeWarm,
    options: https.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: https.RequestOptions, callback?: Connected): Duplex | null | undefined {
    const socket = this.takeWarm();
    if (socket !== undefined || this.route.proxy === undefined)
      return socket ?? super.createConnection(options, callback);
    dialInto(this.route, callback);
    return undefined;
  }
}

/** Node waits for the callback of an agent that returns no connection. */
function dialInto(route: Route, callback: Connected = () => undefined): void {
  dial(route, route.connectMs).then(
    (socket) => callback(null, socket),
    // The type requires a stream, but Node ignores the stream after an error.
    (error: unknown) => callback(error as Error, undefined as unknown as Duplex),
  );
}
