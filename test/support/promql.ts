import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A selector of an expression: a metric and the labels that it matches. */
interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Expression {
  /** Texts that are no PromQL. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** The labels of `by`, `on` and `ignoring`. */
  readonly groupedBy: readonly string[];
}

/** Parses PromQL, with the variables of Grafana replaced. */
export function parsePromQl(text: string): Expression {
  const source = text.replaceAll('$__rate_interval', '5m');
  const errors: string[] = [];
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupedBy: string[] = [];
  parser.parse(source).iterate({
    enter: ({ type, from, to, node }) => {
      const word = source.slice(from, to);
      if (type.isError) errors.push(`at ${from}: ${source.slice(Math.max(0, from - 20), to + 20)}`);
      if (type.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const last = selectors.at(-1);
      if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector' && last) last.metric = word;
      if (type.name !== 'LabelName') return;
      if (node.parent?.type.name === 'GroupingLabels') groupedBy.push(word);
      else last?.labels.push(word);
    },
  });
  return { errors, selectors, groupedBy };
}

const SUFFIXES = { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] } as const;
const ROW = /^\| `(\w+)` *\| (counter|gauge|histogram) *\| ([^|]*)\|/gm;

/**
 * Series names of Datadip → their labels, from the reference. `npm run docs:check` compares the
 * reference with the registry of the code.
 */
export function metricsOfReference(): ReadonlyMap<string, ReadonlySet<string>> {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/reference/metrics.md'), 'utf8');
  return new Map(
    [...text.matchAll(ROW)].flatMap(([, name = '', type = '', labels = '']) =>
      SUFFIXES[type as keyof typeof SUFFIXES].map((suffix): [string, Set<string>] => [
        name + suffix,
        new Set([
          ...[...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
          ...(suffix === '_bucket' ? ['le'] : []),
        ]),
      ]),
    ),
  );
}
