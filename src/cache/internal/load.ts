import type { Priority } from '../../config/sections/lookups/lookup-config.js';
import type { Dip, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import type { EntrySpec } from './entry-spec.js';

/** A load of one entry that can be run: for which dip, by which loader, with which priority. */
export interface Load {
  readonly spec: EntrySpec;
  /** Rejects with `OriginFailure`. Any other error counts as `origin_error`. */
  run(): Promise<LoadedAnswer>;
}

/** The load of a dip by its loader. */
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
