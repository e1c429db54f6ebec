import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/environment/read-environment.js';
import { CHART, helmTemplate } from '../../support/chart.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';

beforeAll(findHelm, HELM_WITHIN_MS);

/** The lines of the error that name a cause. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { ok, error } = await helmTemplate('first', args);
  expect(ok).toBe(false);
  return error;
}

const WITHOUT_FILE = ['--set', 'config.file=null'];
const KEDA = ['--set', 'autoscaling.type=keda'];
const WINDOW = 'autoscaling.cron[0].timezone=UTC,autoscaling.cron[0].end=0 9 * * *';

describe('the chart', () => {
  it.each([
    ['replica=3', 'replica'],
    ['autoscaling.maxReplica=3', 'maxReplica'],
    ['image.digset=x', 'digset'],
    ['config.text=x', 'text'],
    ['probes.liveness.period=3', 'period'],
    ['serviceMonitor.credentials.name=x', 'name'],
  ])('names the misspelt key of --set %s in one line', async (assignment, key) => {
    const error = await refusal('--set', assignment);
    const naming = error.split('\n').filter((line) => line.includes(`'${key}'`));
    expect(naming).toHaveLength(1);
    expect(naming[0]).toMatch(/additional propert(y|ies) '\w+' not allowed/);
  });

  it.each([
    ['autoscaling.type=both', '/autoscaling/type'],
    ['image.digest=latest', '/image/digest'],
    ['replicas=0', '/replicas'],
    ['env.KEY_SECRET=abc', 'KEY_SECRET'],
    ['region=a b', '/region'],
  ])('refuses the value of --set %s and names the key', async (assignment, key) => {
    expect(await refusal('--set', assignment)).toContain(key);
  });

  it.each<[string, readonly string[], string]>([
    ['no file', WITHOUT_FILE, 'config.file is empty: give the file'],
    ['two files', ['--set', 'config.existingConfigMap=x'], 'config.file and config.existingConfigMap are both set'],
    ['a file that is no YAML', [...WITHOUT_FILE, '--set-string', 'config.file=a: [b'], 'config.file is not YAML'],
    ['no Secret', ['--set', 'secrets.env=null'], 'secrets.env and secrets.files are empty'],
    [
      'more pods at least than at most',
      ['--set', 'autoscaling.type=hpa,autoscaling.minReplicas=9'],
      'autoscaling.minReplicas is 9; allowed: at most autoscaling.maxReplicas, 6',
    ],
    ['KEDA without a trigger', KEDA, 'autoscaling.type is keda without autoscaling.cron'],
    [
      'a window that never opens',
      [...KEDA, '--set', `${WINDOW},autoscaling.cron[0].start=0 9 * * *,autoscaling.cron[0].replicas=3`],
      'autoscaling.cron[0]: start and end are equal',
    ],
    [
      'a window above the limit',
      [...KEDA, '--set', `${WINDOW},autoscaling.cron[0].start=0 8 * * *,autoscaling.cron[0].replicas=30`],
      'autoscaling.cron[0].replicas is 30; allowed: at most autoscaling.maxReplicas, 6',
    ],
    [
      'windows without KEDA',
      ['--set', 'autoscaling.inFlight.prometheus=http://p'],
      'need autoscaling.type keda, not none',
    ],
    [
      'too little time to end',
      ['--set', 'terminationGracePeriodSeconds=15'],
      'terminationGracePeriodSeconds is 15; allowed: at least 21',
    ],
    [
      'a scrape without credentials',
      ['--set', 'serviceMonitor.enabled=true'],
      'serviceMonitor.credentials.secret is empty',
    ],
    ['an ingress without a host', ['--set', 'ingress.enabled=true'], 'ingress.host is empty'],
    [
      'an ingress without TLS',
      ['--set', 'ingress.enabled=true,ingress.host=d.example.com'],
      'ingress.tlsSecret is empty',
    ],
  ])('refuses %s in one line', async (_case, args, text) => {
    const naming = (await refusal(...args)).split('\n').filter((line) => line.includes(text));
    expect(naming).toHaveLength(1);
  });

  it('counts DRAIN_DELAY_MS=0 as no delay', async () => {
    const { ok } = await helmTemplate('first', ['--set', 'terminationGracePeriodSeconds=16,env.DRAIN_DELAY_MS=0']);
    expect(ok).toBe(true);
  });

  it('refuses as plain variables exactly secrets and the variables that it sets', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as {
      properties: { env: { propertyNames: { not: { enum: string[] } } } };
    };
    const refused = schema.properties.env.propertyNames.not.enum;
    const own = ['PORT', 'HOST', 'NODE_ENV', 'REGION', 'DATADIP_CONFIG'];
    const secret = ENVIRONMENT_VARIABLES.filter(({ name, isSecret }) => isSecret && !/URL|PROXY/.test(name));
    expect(new Set(refused)).toEqual(new Set([...own, ...secret.map(({ name }) => name)]));
  });
});
