/** How a part of the house is, for the health page. `well: false` shows as degraded and makes nothing unready. */
export interface HealthNote {
  readonly name: string;
  readonly well: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What parts of the house have to say on the health page. It is open to everybody: no tenants, no ids. */
export class HealthNotes {
  private readonly writers: (() => HealthNote)[] = [];

  /** @param write answers at once: it is asked with every probe */
  add(write: () => HealthNote): void {
    this.writers.push(write);
  }

  all(): HealthNote[] {
    return this.writers.map((write) => write());
  }
}
