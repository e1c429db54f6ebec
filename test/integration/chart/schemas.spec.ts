import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLES, field, only, rendered } from '../../support/chart.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';
import { schemaProblems } from '../../support/kubernetes-schemas.js';

beforeAll(findHelm, HELM_WITHIN_MS);

describe('the objects of the chart', () => {
  it.each(EXAMPLES)('have no unknown field and no wrong type, for the example %s', async (example) => {
    const manifests = await rendered(example);
    expect(manifests.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Deployment', 'Service']));
    expect(manifests.flatMap(schemaProblems)).toEqual([]);
  });

  it('cover every kind that the chart can render', async () => {
    const all = await Promise.all(EXAMPLES.map((example) => rendered(example)));
    expect(new Set(all.flat().map(({ kind }) => kind))).toEqual(
      new Set([
        ...['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'NetworkPolicy', 'PodDisruptionBudget'],
        ...['PrometheusRule', 'ScaledObject', 'Service', 'ServiceMonitor'],
      ]),
    );
  });
});

describe('the schemas', () => {
  it.each([
    ['first', 'Deployment', 'spec.template.spec.containers.0', 'livenesProbe'],
    ['keda', 'ScaledObject', 'spec.fallback', 'behaviour'],
    ['production', 'ServiceMonitor', 'spec.endpoints.0', 'intervall'],
    ['production', 'PrometheusRule', 'spec.groups.0.rules.0', 'lables'],
    ['production', 'HorizontalPodAutoscaler', 'metadata', 'lables'],
  ])('refuse an unknown field, in the example %s, of %s at %s', async (example, kind, path, name) => {
    const manifest = only(await rendered(example), kind);
    Object.assign(field(manifest, path) as object, { [name]: 'x' });
    expect(schemaProblems(manifest)).toEqual([expect.stringContaining(name)]);
  });
});
