import {
  StackingConfigBuilder,
  StackingMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The units of Grafana that the panels use. */
type Unit = 's' | 'percentunit' | 'reqps' | 'short' | 'bytes';

interface PanelText {
  readonly title: string;
  /** A sentence that says what the figure means, with its target. */
  readonly description: string;
  readonly unit: Unit;
  /** Target and alarm. `isFloor` means that the figure should be above them, not below. */
  readonly limits?: { readonly target: number; readonly alarm: number; readonly isFloor?: boolean };
}

/** Expressions by their legends. `{{label}}` in a legend is the value of a label. */
type Queries = Readonly<Record<string, string>>;

/** A heading and the panels below it. */
export interface Row {
  readonly title: string;
  readonly panels: readonly (StatBuilder | LinesBuilder)[];
}

const SOURCE = { type: 'prometheus', uid: '${source}' };
const HEIGHT = 8;

/** A metric of the chosen namespace and job, with further matchers. */
export function metric(name: string, matchers = ''): string {
  return `${name}{namespace=~"$namespace",job=~"$job"${matchers === '' ? '' : `,${matchers}`}}`;
}

/** The growth of a counter per second. */
export function rate(name: string, matchers = ''): string {
  return `rate(${metric(name, matchers)}[$__rate_interval])`;
}

/** The latency, in seconds, that this share of the observations does not exceed. */
export function quantile(share: number, histogram: string, by = '', matchers = ''): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${labels}) (${rate(`${histogram}_bucket`, matchers)}))`;
}

/** The sum of an expression, by some labels. */
export function sum(expression: string, by = ''): string {
  return `sum${by === '' ? '' : ` by (${by})`} (${expression})`;
}

/** A single large figure. */
export function figure(text: PanelText, expression: string): StatBuilder {
  const panel = new StatBuilder().title(text.title).description(text.description).unit(text.unit);
  return panel
    .datasource(SOURCE)
    .height(4)
    .span(6)
    .thresholds(thresholds(text))
    .withTarget(new DataqueryBuilder().expr(expression).instant().refId('A'));
}

/** Lines over time. Lines of `isStacked` add up. */
export function lines(text: PanelText, queries: Queries, isStacked = false): LinesBuilder {
  const panel = new LinesBuilder().title(text.title).description(text.description).unit(text.unit).min(0);
  panel.datasource(SOURCE).height(HEIGHT).span(8).thresholds(thresholds(text));
  if (text.limits !== undefined)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (isStacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).fillOpacity(30);
  for (const [at, [legend, expression]] of Object.entries(queries).entries())
    panel.withTarget(
      new DataqueryBuilder()
        .expr(expression)
        .legendFormat(legend)
        .refId(String.fromCharCode('A'.charCodeAt(0) + at)),
    );
  return panel;
}

function thresholds({ limits }: PanelText): ThresholdsConfigBuilder {
  const builder = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute);
  return builder.steps(limits === undefined ? [{ value: null, color: 'blue' }] : steps(limits));
}

function steps({ target, alarm, isFloor = false }: NonNullable<PanelText['limits']>): Threshold[] {
  return isFloor
    ? [
        { value: null, color: 'red' },
        { value: alarm, color: 'yellow' },
        { value: target, color: 'green' },
      ]
    : [
        { value: null, color: 'green' },
        { value: target, color: 'yellow' },
        { value: alarm, color: 'red' },
      ];
}
