import { Injectable } from '@nestjs/common';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../../kernel/clock.js';

/** The bounds of what connections may cost before their callers are known. */
export interface ConnectionLimits {
  /**
   * The most connections without a known caller. Each costs about 10 KiB. Above the limit, the
   * process closes the oldest of them.
   */
  readonly maxStrangers: number;
  /**
   * A connection with more unanswered requests pipelines them. No common HTTP client pipelines
   * requests.
   */
  readonly maxUnanswered: number;
  /** The most unanswered requests above `maxUnanswered`, on all connections together. */
  readonly maxPipelined: number;
  /** How long a caller may leave an answer unread, in milliseconds. */
  readonly unreadAfterMs: number;
  /** How often unread answers are looked for, in milliseconds. */
  readonly checkEveryMs: number;
}

const LIMITS: ConnectionLimits = {
  maxStrangers: 10_000,
  maxUnanswered: 16,
  maxPipelined: 4000,
  unreadAfterMs: 10_000,
  checkEveryMs: 1000,
};

/** A connection with the state that the process keeps about it. */
interface Connection extends Socket {
  /** The requests without a sent answer, in the order of their arrival. */
  unanswered?: IncomingMessage[];
  /** `true` once a request on the connection had a known caller. */
  isKnown?: boolean;
  /** Since when bytes of answers wait for the caller to read. `undefined` means that none wait. */
  unreadSinceMs?: number | undefined;
}

/**
 * Bounds what connections cost before their callers are known.
 *
 * Guarantees:
 * - A caller that does not read all of its answers loses its connection after `unreadAfterMs`, also
 *   if it reads single bytes in between.
 * - Above `maxPipelined` pipelined requests, a connection that sends further ones is closed.
 * - Above `maxStrangers` connections without a known caller, the oldest of them is closed.
 * - Every request ends when its connection closes. Node emits no `close` for responses that wait
 *   behind another response (Node 24), so this class reports their requests as ended.
 */
@Injectable()
export class Connections {
  private readonly all = new Set<Connection>();
  private readonly strangers = new Set<Connection>();
  private pipelined = 0;

  private limits = LIMITS;

  constructor(private readonly clock: Clock) {}

  /**
   * Follows the connections of the server until the server closes.
   *
   * @param endRequest called for each request that has no answer when its connection closes
   */
  watch(server: Server, endRequest: (request: IncomingMessage) => void, limits = LIMITS): void {
    this.limits = limits;
    server.on('connection', (socket: Connection) => this.opened(socket, endRequest));
    const timer = setInterval(() => this.closeUnread(), limits.checkEveryMs).unref();
    server.on('close', () => clearInterval(timer));
  }

  /** @returns `false` if the connection is closed because it pipelines too many requests */
  requestStarted(request: IncomingMessage): boolean {
    const socket = request.socket as Connection;
    const unanswered = (socket.unanswered ??= []);
    unanswered.push(request);
    if (unanswered.length <= this.limits.maxUnanswered) return true;
    this.pipelined++;
    if (this.pipelined <= this.limits.maxPipelined) return true;
    socket.destroy();
    return false;
  }

  requestEnded(request: IncomingMessage): void {
    const { unanswered } = request.socket as Connection;
    if (unanswered === undefined) return;
    if (unanswered.length > this.limits.maxUnanswered) this.pipelined--;
    if (unanswered[0] === request) unanswered.shift();
    else unanswered.splice(unanswered.indexOf(request), 1);
  }

  /** The connection carried a request of a known caller. */
  callerKnown({ socket }: IncomingMessage): void {
    const connection = socket as Connection;
    if (connection.isKnown === true) return;
    connection.isKnown = true;
    this.strangers.delete(connection);
  }

  private opened(socket: Connection, endRequest: (request: IncomingMessage) => void): void {
    this.all.add(socket);
    this.strangers.add(socket);
    socket.once('close', () => {
      this.all.delete(socket);
      this.strangers.delete(socket);
      for (const request of [...(socket.unanswered ?? [])]) endRequest(request);
    });
    if (this.strangers.size <= this.limits.maxStrangers) return;
    const [oldest] = this.strangers;
    oldest?.destroy();
  }

  private closeUnread(): void {
    const nowMs = this.clock.nowMs();
    for (const socket of this.all) {
      if (socket.writableLength === 0) socket.unreadSinceMs = undefined;
      else if (socket.unreadSinceMs === undefined) socket.unreadSinceMs = nowMs;
      else if (nowMs - socket.unreadSinceMs >= this.limits.unreadAfterMs) socket.destroy();
    }
  }
}
