import type { AxiosResponse } from 'axios';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Transport } from './route.js';

export type Response = AxiosResponse<Buffer>;

/** Sends the request through this transport. A second call sends the request a second time. */
export type Send = (transport: Transport) => Promise<Response>;

export interface AttemptEvents {
  readonly onSocket: (socket: Socket) => void;
  /** The head of the response has arrived. */
  readonly onHead: () => void;
}

/** A request that is sent on one connection. */
export class Attempt {
  /** The head of the response has arrived. */
  hasHead = false;
  socket: Socket | undefined;
  readonly response: Promise<Response>;
  private request: http.ClientRequest | undefined;

  constructor(
    send: Send,
    private readonly agent: http.Agent,
    private readonly events: AttemptEvents,
  ) {
    this.response = send({ request: (options, onResponse) => this.begin(options, onResponse) });
  }

  /** Closes the connection. `response` rejects, unless it has settled. */
  abandon(): void {
    this.request?.destroy();
  }

  private begin(options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void) {
    const protocol = this.agent instanceof https.Agent ? https : http;
    const request = protocol.request(Object.assign(options, { agent: this.agent }), onResponse);
    this.request = request;
    request.once('socket', (socket) => {
      this.socket = socket;
      this.events.onSocket(socket);
    });
    request.once('response', () => {
      this.hasHead = true;
      this.events.onHead();
    });
    return request;
  }
}
