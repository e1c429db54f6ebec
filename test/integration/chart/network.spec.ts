import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { chartFile, field, only, rendered } from '../../support/chart.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';

beforeAll(findHelm, HELM_WITHIN_MS);

const LABELS = { 'app.kubernetes.io/name': 'datadip', 'app.kubernetes.io/instance': 'dips' };

describe('the network of a release', () => {
  it('has a service, an ingress with TLS and a policy that select the same pods and port', async () => {
    const manifests = await rendered('production');
    const deployment = only(manifests, 'Deployment');
    expect(field(deployment, 'spec.template.metadata.labels')).toMatchObject(LABELS);
    const port = { name: 'http', containerPort: 3000, protocol: 'TCP' };
    expect(field(deployment, 'spec.template.spec.containers.0.ports')).toEqual([port]);
    expect(only(manifests, 'Service').spec).toMatchObject({
      selector: LABELS,
      ports: [{ port: 80, targetPort: 'http' }],
    });
    expect(field(only(manifests, 'NetworkPolicy'), 'spec.podSelector')).toEqual({ matchLabels: LABELS });
    expect(only(manifests, 'Ingress').spec).toMatchObject({
      tls: [{ hosts: ['datadip.example.com'], secretName: 'datadip-tls' }],
      rules: [{ http: { paths: [{ backend: { service: { name: 'dips', port: { name: 'http' } } } }] } }],
    });
  });

  it('admits the callers and the monitoring to the port, and no others', async () => {
    const name = 'kubernetes.io/metadata.name';
    expect(only(await rendered('production'), 'NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress'],
      ingress: [
        {
          ports: [{ port: 'http', protocol: 'TCP' }],
          from: [
            { namespaceSelector: { matchLabels: { [name]: 'ingress-nginx' } } },
            { namespaceSelector: { matchLabels: { [name]: 'monitoring' } } },
          ],
        },
      ],
    });
  });

  it('restricts the calls of pods only if the values do, and always allows DNS', async () => {
    expect(only(await rendered('regions'), 'NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
        { ports: [{ port: 443 }, { port: 6379 }, { port: 9093 }] },
      ],
    });
  });
});

describe('the monitoring of a release', () => {
  it('scrapes with the credentials of an existing Secret', async () => {
    const manifests = await rendered('production');
    const monitor = only(manifests, 'ServiceMonitor');
    expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(monitor.spec).toMatchObject({ jobLabel: 'app.kubernetes.io/name', selector: { matchLabels: LABELS } });
    expect(field(monitor, 'spec.endpoints')).toEqual([
      {
        ...{ port: 'http', path: '/metrics', interval: '15s' },
        basicAuth: {
          username: { name: 'datadip-scraper', key: 'username' },
          password: { name: 'datadip-scraper', key: 'password' },
        },
      },
    ]);
    expect(only(manifests, 'Service').metadata.labels).toMatchObject(LABELS);
  });

  it('has the rules of the repository, with links to the runbooks of the given address', async () => {
    const { spec } = only(await rendered('production'), 'PrometheusRule');
    const base = 'https://git.example.com/contact-center/datadip/blob/main/';
    const expected = chartFile('files/rules.yaml').replaceAll('runbook_url: docs/', `runbook_url: ${base}docs/`);
    expect(spec).toEqual(parse(expected));
    const bare = only(await rendered('production', '--set', 'prometheusRule.runbookBaseUrl='), 'PrometheusRule');
    expect(bare.spec).toEqual(parse(chartFile('files/rules.yaml')));
  });
});
