import { Inject, Injectable } from '@nestjs/common';
import { type ServerConfig, SERVER_CONFIG } from '../config/sections/server.js';
import { Clock } from '../kernel/clock.js';
import { OriginFailure } from '../kernel/errors.js';
import { EventBus } from '../messaging/event-bus.js';
import { Hearing } from '../messaging/hearing.js';
import type { InvalidationEpoch } from './internal/customer-index.js';
import { EntryReader } from './internal/entry-reader.js';
import { EntryStore, type EntryRead, type Lease, type LoadState } from './internal/entry-store.js';
import { EntryWriter } from './internal/entry-writer.js';
import { LeasedLoader } from './internal/leased-loader.js';
import type { Load } from './internal/load.js';
import type { LoadResult, SharedAnswer } from './internal/running-load.js';
import { StorelessLoader } from './internal/storeless-loader.js';

/**
 * Calls an origin once if many callers ask for the same entry. While the store is available, the
 * region calls the origin once, under a lease of the store. Otherwise each process calls it once.
 * `LeasedLoader` and `StorelessLoader` state the guarantees.
 */
@Injectable()
export class StampedeGuard {
  private readonly leased: LeasedLoader;
  private readonly storeless: StorelessLoader;

  constructor(
    private readonly store: EntryStore,
    bus: EventBus,
    reader: EntryReader,
    writer: EntryWriter,
    clock: Clock,
    hearing: Hearing,
    @Inject(SERVER_CONFIG) { deadlineMs }: Pick<ServerConfig, 'deadlineMs'>,
  ) {
    this.leased = new LeasedLoader({ store, bus, reader, writer, clock, hearing, deadlineMs });
    this.storeless = new StorelessLoader(clock, deadlineMs, hearing);
  }

  /** How many loads, and waits for loads, have not ended. */
  get runningLoads(): number {
    return this.leased.size + this.storeless.size;
  }

  /**
   * Loads an entry for which the store had no usable value, or waits for the load of another
   * caller.
   *
   * @param read `undefined` means that the store is unavailable
   * @param readAtMs when the store was asked
   * @throws {OriginFailure}
   */
  load(load: Load, read: EntryRead | undefined, readAtMs: number): Promise<LoadResult> {
    switch (read?.load.kind) {
      case undefined:
        return this.storeless.load(load, readAtMs);
      case 'lease-granted':
        return this.loadWithLease(load, read.load.lease, readAtMs);
      // The state `not-needed` is not expected: a fresh value is returned without the guard. The
      // wait is safe, because the waiting caller reads the store again after at most 100 ms.
      case 'not-needed':
        return this.waitForLoad(load, read.version, readAtMs);
      case 'loading-already':
        return this.waitForLoad(load, read.version, readAtMs, read.load.invalidationEpoch);
      case 'backing-off':
        return Promise.reject(new OriginFailure(read.load.reason, 'the last load failed a moment ago'));
    }
  }

  /** Must be called with each read of the store: see `LeaseRenewer`. */
  renewDueLeases(nowMs: number): void {
    this.leased.renewDueLeases(nowMs);
  }

  /** @param readAtMs when the store was asked for the lease */
  loadWithLease(load: Load, lease: Lease, readAtMs: number): Promise<SharedAnswer> {
    return this.leased.load(load, lease, readAtMs);
  }

  waitForLoad(load: Load, version: string, readAtMs: number, epochRead?: InvalidationEpoch): Promise<LoadResult> {
    return this.leased.wait(load, version, readAtMs, epochRead);
  }

  /** Releases the lease of a reader that has gone on without it. */
  releaseUnused(state: LoadState): void {
    if (state.kind === 'lease-granted') this.store.release(state.lease).catch(() => undefined);
  }
}
