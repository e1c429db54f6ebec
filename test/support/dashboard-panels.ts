import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../../deploy/dashboard/dashboard.js';

/** The panels of the dashboard, without the headings of rows. */
export const PANELS = (dashboard().panels ?? []).filter((panel): panel is Panel => 'targets' in panel);

/** Every expression of the dashboard, with the variables of Grafana. */
export const DASHBOARD_EXPRESSIONS = PANELS.flatMap(({ targets = [] }) =>
  (targets as unknown as readonly { readonly expr: string }[]).map(({ expr }) => expr),
);
