import {
  CustomerIndex,
  type Begun,
  type Enlistment,
  type EventMark,
  type InvalidationEpoch,
} from '../../src/cache/internal/customer-index.js';
import type { Play } from './play.js';

/** One process's way to the index they all share. */
export class WiredIndex extends CustomerIndex {
  constructor(private readonly play: () => Play) {
    super();
  }

  stamp(tenant: string): Promise<InvalidationEpoch> {
    const { wire, index } = this.play();
    return wire.call('stamp', () => index.stamp(tenant));
  }

  enlist(enlistment: Enlistment): Promise<boolean> {
    const { wire, index } = this.play();
    return wire.call('enlist', () => index.enlist(enlistment));
  }

  begin(mark: EventMark, critical: boolean): Promise<Begun> {
    const { wire, index, chronicle } = this.play();
    return wire.call('begin', async () => {
      const begun = await index.begin(mark, critical);
      if (!begun.duplicate) chronicle.begins.push({ event: mark.eventHash ?? '', critical, at: chronicle.now() });
      return begun;
    });
  }

  finish(mark: EventMark, invalidated: number): Promise<boolean> {
    const { wire, index } = this.play();
    return wire.call('finish', () => index.finish(mark, invalidated));
  }
}
