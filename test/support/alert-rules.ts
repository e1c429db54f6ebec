import { parse } from 'yaml';
import { chartFile } from './chart.js';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: 'warning' | 'critical' };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (AlertRule | RecordingRule)[] }[];
}

const rules = (parse(chartFile('files/rules.yaml')) as RuleFile).groups.flatMap((group) => group.rules);

export const ALERTS = rules.filter((rule): rule is AlertRule => 'alert' in rule);
export const RECORDINGS = rules.filter((rule): rule is RecordingRule => 'record' in rule);
