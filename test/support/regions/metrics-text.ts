/** The samples of a page of `/metrics`. */
export interface Metrics {
  /** The sum of the samples of a name that have these labels. `undefined` means no such sample. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** The value of each sample of a name, by the value of one label. */
  by(name: string, label: string): ReadonlyMap<string, number>;
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Reads the text format of Prometheus, as far as Datadip writes it. */
export function metricsIn(text: string): Metrics {
  const samples = text.split('\n').flatMap((line) => sampleIn(line));
  return {
    sum: (name, labels = {}) => {
      const found = samples.filter((sample) => sample.name === name && hasLabels(sample, labels));
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
    by: (name, label) =>
      new Map(
        samples
          .filter((sample) => sample.name === name)
          .map(({ labels, value }) => [labels.get(label) ?? '', value] as const),
      ),
  };
}

function sampleIn(line: string): Sample[] {
  const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null) return [];
  const [, name = '', labels = '', value] = match;
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text] as const);
  return [{ name, labels: new Map(pairs), value: value === '+Inf' ? Infinity : Number(value) }];
}

function hasLabels({ labels }: Sample, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels.get(key) === value);
}
