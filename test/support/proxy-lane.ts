import type { Socket } from 'node:net';

/**
 * The mode of a lane: it passes each chunk after a delay, or holds all chunks. In `lost`, the other
 * side does not learn that a side has broken the connection either.
 */
export type Flow =
  { readonly kind: 'through'; readonly delayMs: number } | { readonly kind: 'held' } | { readonly kind: 'lost' };

interface Parcel {
  /** The bytes of a chunk. `undefined` means the end of the stream. */
  readonly bytes: Buffer | undefined;
  readonly takenAtMs: number;
}

/**
 * The lane stops reading at this limit, so that further bytes stay in the buffers of the source.
 */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/**
 * A lane carries one direction of a proxied connection. It keeps the order of chunks in every mode.
 * The end of the stream passes like a chunk.
 */
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

  /** Sends the chunks that are due, and sets a timer for later chunks. */
  pump(): void {
    for (let next = this.parcels[0]; next !== undefined; next = this.parcels[0]) {
      const flow = this.flow();
      if (flow.kind !== 'through') return;
      const waitMs = next.takenAtMs + flow.delayMs - performance.now();
      if (waitMs > 0) {
        this.pumpIn(waitMs);
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
    if (this.heldBytes > MAX_HELD_BYTES) this.source.pause();
    this.pump();
  }

  private send(bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      this.sink.end();
      return;
    }
    this.sink.write(bytes, () => {
      this.heldBytes -= bytes.length;
      if (this.heldBytes <= MAX_HELD_BYTES) this.source.resume();
    });
  }

  private pumpIn(waitMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), Math.ceil(waitMs));
  }
}
