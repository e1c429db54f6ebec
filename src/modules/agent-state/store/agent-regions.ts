import type { Hearing } from '../../../messaging/hearing.js';

/** Stands between the names of regions. No name contains it. */
const SEPARATOR = '|';

/**
 * Says which agents are stale because the region that reported them is silent.
 *
 * An agent is stale if the region of its newest register is silent, and its last report is older
 * than `silentAfterMs`. A report from the platform itself thus counts for `silentAfterMs`.
 */
export class AgentRegions {
  private named: readonly string[] = [];
  private text = '';

  /**
   * @param region the name of this region, which is never silent
   * @param silentAfterMs an agent with a later report is not stale; milliseconds
   */
  constructor(
    private readonly heardRegions: Pick<Hearing, 'isOn' | 'silentRegions'>,
    private readonly region: string,
    readonly silentAfterMs: number,
  ) {}

  /** The name of this region; the empty string means that there is no other region. */
  get own(): string {
    return this.heardRegions.isOn ? this.region : '';
  }

  /**
   * The silent regions as scripts read them: `|eu|us|`. The empty string means that none is silent.
   */
  get silent(): string {
    const { silentRegions } = this.heardRegions;
    if (silentRegions === this.named) return this.text;
    const others = silentRegions.filter((name) => name !== this.region);
    this.text = others.length === 0 ? '' : SEPARATOR + others.join(SEPARATOR) + SEPARATOR;
    this.named = silentRegions;
    return this.text;
  }

  /**
   * @param region the region of the agent's newest register
   * @param reportedMs when the agent was last reported, by the store's clock
   */
  isSilent(region: string, reportedMs: number, nowMs: number): boolean {
    const { silent } = this;
    if (silent === '' || reportedMs + this.silentAfterMs > nowMs) return false;
    return silent.includes(SEPARATOR + region + SEPARATOR);
  }
}
