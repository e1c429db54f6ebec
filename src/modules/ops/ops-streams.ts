import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { HttpProblem } from '../../kernel/errors.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { RegionSamples } from './region-samples.js';

/** More open pages are refused. Each costs a few KB a second. */
const MAX_STREAMS = 20;
/** By then, a browser has closed the page of a hidden tab. */
const RETRY_AFTER_S = 5;
/** How long a browser waits before it connects again, in milliseconds. */
const RECONNECT_AFTER_MS = 2000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // Otherwise nginx collects the events of several seconds.
  'X-Accel-Buffering': 'no',
};

interface Stream {
  readonly response: Response;
  secondsLeft: number;
}

/**
 * The open pages, each with a stream of server-sent events: `history` once, then `second` every
 * second.
 *
 * Guarantees:
 * - At most `MAX_STREAMS` are open in a process.
 * - A second is put into text once, for all streams.
 * - A reader that has not read the seconds before is left out of the present one, so nothing piles
 *   up. `Connections` closes a connection whose caller does not read for 10 s.
 * - When the process stops, all streams end within a second, and no stop waits for them.
 */
@Injectable()
export class OpsStreams implements OnModuleDestroy {
  private readonly streams = new Set<Stream>();

  constructor(
    private readonly region: RegionSamples,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * @param seconds ends the stream after this many seconds; 0 sends the present state and ends
   * @throws {HttpProblem} 503 if too many streams are open, or the process stops
   */
  open(response: Response, seconds: number): void {
    if (this.lifecycle.state === 'stopping')
      throw new HttpProblem('stopping', 503, 'process is stopping', RETRY_AFTER_S);
    if (this.streams.size >= MAX_STREAMS)
      throw new HttpProblem(
        'overloaded',
        503,
        `${MAX_STREAMS} streams are open; allowed: ${MAX_STREAMS}`,
        RETRY_AFTER_S,
      );
    const stream: Stream = { response, secondsLeft: seconds };
    response.on('close', () => this.streams.delete(stream));
    this.streams.add(stream);
    response.status(200).set(HEADERS);
    response.write(`retry: ${RECONNECT_AFTER_MS}\n${eventText('history', this.region.history())}`);
    response.write(eventText('second', this.region.latest()));
    if (seconds === 0) response.end();
  }

  /** Sends the present second to all streams. Called once a second. */
  send(): void {
    if (this.streams.size === 0) return;
    if (this.lifecycle.state === 'stopping') {
      this.endAll();
      return;
    }
    const text = eventText('second', this.region.latest());
    for (const stream of this.streams) {
      if (stream.response.writableLength === 0) stream.response.write(text);
      stream.secondsLeft--;
      if (stream.secondsLeft <= 0) stream.response.end();
    }
  }

  onModuleDestroy(): void {
    this.endAll();
  }

  private endAll(): void {
    for (const { response } of this.streams) response.end();
    this.streams.clear();
  }
}

function eventText(event: string, data: object): string {
  return ['event: ', event, '\ndata: ', JSON.stringify(data), '\n\n'].join('');
}
