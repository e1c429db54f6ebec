import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { callersRow, originsRow, refusedRow } from './rows.ts';
import { cacheRow, processesRow, regionsRow, tokensRow } from './service-rows.ts';

/**
 * Builds the dashboard of a region. The rows are in the order in which a person on call asks. First
 * comes what callers get, then the systems, then refused calls, then the parts of the service.
 */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- version 2 still changes
export function dashboard(): Dashboard {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- version 2 still changes
  const builder = new DashboardBuilder('Datadip')
    .uid('datadip')
    .description('What callers get, and why. The runbooks are in docs/operations/alerts.')
    .tags(['datadip'])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
    .withVariable(labelVariable('namespace', 'label_values(datadip_build_info, namespace)'))
    .withVariable(labelVariable('job', 'label_values(datadip_build_info{namespace=~"$namespace"}, job)'));
  for (const row of [callersRow, originsRow, refusedRow, cacheRow, tokensRow, processesRow, regionsRow]) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return builder.build();
}

/** The file of the dashboard, as the chart and Grafana read it. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

/** A plain Prometheus gives no label `namespace`: `.*` also matches an absent label. */
function labelVariable(name: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .datasource({ type: 'prometheus', uid: '${source}' })
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}
