import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLES, field, notes, only, rendered, type Manifest } from '../../support/chart.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';

beforeAll(findHelm, HELM_WITHIN_MS);

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];
const kinds = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind);

describe('the number of pods', () => {
  it.each(EXAMPLES)('has exactly one decider, for the example %s', async (example) => {
    const manifests = await rendered(example);
    const replicas = field(only(manifests, 'Deployment'), 'spec.replicas');
    const scalers = kinds(manifests).filter((kind) => SCALERS.includes(kind));
    expect(scalers).toHaveLength(replicas === undefined ? 1 : 0);
  });

  it('follows the CPU of the container, doubles within 15 s, and falls after 10 min', async () => {
    expect(only(await rendered('production'), 'HorizontalPodAutoscaler').spec).toMatchObject({
      ...{ minReplicas: 3, maxReplicas: 12 },
      metrics: [
        {
          type: 'ContainerResource',
          containerResource: { name: 'cpu', container: 'datadip', target: { averageUtilization: 60 } },
        },
      ],
      behavior: {
        scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
        scaleDown: { stabilizationWindowSeconds: 600 },
      },
    });
  });

  it('rises with KEDA before known peaks and with the requests in flight', async () => {
    const window = { timezone: 'Europe/Berlin' };
    expect(only(await rendered('keda'), 'ScaledObject').spec).toMatchObject({
      ...{ pollingInterval: 15, minReplicaCount: 2, maxReplicaCount: 20 },
      fallback: { failureThreshold: 3, replicas: 2, behavior: 'currentReplicasIfHigher' },
      triggers: [
        { type: 'cpu', metricType: 'Utilization', metadata: { value: '60', containerName: 'datadip' } },
        { type: 'cron', metadata: { ...window, start: '30 7 * * 1-5', end: '0 18 * * 1-5', desiredReplicas: '6' } },
        { type: 'cron', metadata: { ...window, start: '45 9 1 * *', end: '0 13 1 * *', desiredReplicas: '16' } },
        {
          type: 'prometheus',
          metadata: {
            ...{ threshold: '100', ignoreNullValues: 'false', serverAddress: 'http://prometheus.monitoring:9090' },
            query: 'sum(datadip_http_requests_in_flight{namespace="voice",service="dips"})',
          },
        },
      ],
    });
  });

  it('has a disruption budget that a sick pod cannot block, if there are several pods', async () => {
    expect(only(await rendered('production'), 'PodDisruptionBudget').spec).toMatchObject({
      ...{ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    expect(kinds(await rendered('gitops'))).not.toContain('PodDisruptionBudget');
  });
});

describe('the notes of the chart', () => {
  it('multiply the calls of each system by the most pods, its schedule included', async () => {
    const text = await notes('production');
    expect(text).toContain('crm: 12 × 80 = 960 concurrent calls');
    expect(text).toContain('erp: 12 × 5 = 60 concurrent calls');
    expect(text).toContain('genesys: 12 × 200 = 2400 concurrent calls');
  });

  it('read a file that is given as text, and name the systems of tenants', async () => {
    expect(await notes('keda')).toContain('crm: 20 × 30 = 600 concurrent calls');
    const text = await notes('regions');
    expect(text).toContain('crm: 9 × 200 = 1800 concurrent calls');
    expect(text).toContain('crm of tenant 20002: 9 × 25 = 225 concurrent calls');
  });

  it('count the pods without an autoscaler', async () => {
    expect(await notes('first')).toContain('crm: 2 × 50 = 100 concurrent calls');
  });

  it('say that the chart does not read an existing ConfigMap', async () => {
    expect(await notes('gitops')).toContain('Multiply `limits.maxConcurrent` of each system by 1.');
  });
});
