import type { Priority } from '../../config/sections/lookups/lookup-config.js';
import type { Dip, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import type { EntrySpec } from './entry-spec.js';

/** The load of one entry, before it runs. */
export interface Load {
  readonly spec: EntrySpec;
  /** Rejects with `OriginFailure`. Any other error counts as `origin_error`. */
  run(): Promise<LoadedAnswer>;
}

/** Loads the answer of a dip through a loader, with the given priority. */
export class DipLoad<D extends Dip> implements Load {
  constructor(
    readonly spec: EntrySpec,
    private readonly dip: D,
    private readonly loader: LookupLoader<D>,
    private readonly priority: Priority,
  ) {}

  run(): Promise<LoadedAnswer> {
    return this.loader.load(this.dip, this.priority);
  }
}
