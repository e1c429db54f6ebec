import type { Socket } from 'node:net';

/** What a lane does with its bytes just now: lets them through, so much later each, or keeps them. */
export type Flow = { readonly kind: 'through'; readonly delayMs: number } | { readonly kind: 'held' };

interface Parcel {
  /** Absent: the source has said all it has to say. */
  readonly bytes: Buffer | undefined;
  readonly takenAtMs: number;
}

/** More than this is left in the source's own buffers, as a full network would. */
const HELD_AT_MOST_BYTES = 4 * 1024 * 1024;

/** One direction of a proxied connection. Order is kept in every flow, and the end of the stream travels like its bytes. */
export class ProxyLane {
  private readonly parcels: Parcel[] = [];
  private heldBytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly flow: () => Flow,
  ) {
    source.on('data', (bytes) => this.take(bytes));
    source.on('end', () => this.take(undefined));
  }

  /** Sends what is due, and comes back by itself for what is due later. */
  pump(): void {
    for (let next = this.parcels[0]; next !== undefined; next = this.parcels[0]) {
      const flow = this.flow();
      if (flow.kind === 'held') return;
      const waitMs = next.takenAtMs + flow.delayMs - performance.now();
      if (waitMs > 0) {
        this.comeBackIn(waitMs);
        return;
      }
      this.parcels.shift();
      this.send(next.bytes);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.parcels.length = 0;
  }

  private take(bytes: Buffer | undefined): void {
    this.parcels.push({ bytes, takenAtMs: performance.now() });
    this.heldBytes += bytes?.length ?? 0;
    if (this.heldBytes > HELD_AT_MOST_BYTES) this.source.pause();
    this.pump();
  }

  private send(bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      this.sink.end();
      return;
    }
    this.sink.write(bytes, () => {
      this.heldBytes -= bytes.length;
      if (this.heldBytes <= HELD_AT_MOST_BYTES) this.source.resume();
    });
  }

  private comeBackIn(waitMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), Math.ceil(waitMs));
  }
}
