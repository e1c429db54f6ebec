import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLES, field, list, only, rendered, type Manifest } from '../../support/chart.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';

const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;

/** The Deployment of each example. */
let deployments: readonly Manifest[];

beforeAll(async () => {
  await findHelm();
  deployments = await Promise.all(EXAMPLES.map(async (example) => only(await rendered(example), 'Deployment')));
}, HELM_WITHIN_MS);

/** The same field of every Deployment. */
const all = (path: string): readonly unknown[] => deployments.map((deployment) => field(deployment, path));

describe('a pod of the chart', () => {
  it('runs as user 1000, without privileges, on a read-only file system', () => {
    for (const context of all(`${POD}.securityContext`))
      expect(context).toEqual({
        ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    for (const container of all(CONTAINER))
      expect(container).toMatchObject({
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: expect.arrayContaining([{ name: 'tmp', mountPath: '/tmp' }]) as unknown,
      });
    for (const containers of all(`${POD}.containers`)) expect(containers).toHaveLength(1);
  });

  it('gets no token of Kubernetes and no variables of services', () => {
    for (const pod of all(POD))
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it('has three probes, and 60 s for its start', () => {
    for (const container of all(CONTAINER))
      expect(container).toMatchObject({
        startupProbe: { httpGet: { path: '/health/startup', port: 'http' }, periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { httpGet: { path: '/health/ready', port: 'http' } },
        livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
      });
  });

  it('stays an endpoint for 5 s, and has time for its requests in flight', () => {
    for (const pod of all(POD))
      expect(pod).toMatchObject({
        terminationGracePeriodSeconds: 30,
        containers: [{ lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
      });
  });

  it('requests a CPU and memory, and has no CPU limit', () => {
    for (const resources of all(`${CONTAINER}.resources`))
      expect(resources).toEqual({ requests: { cpu: '1', memory: '512Mi' }, limits: { memory: '1Gi' } });
  });

  it('is spread over zones and nodes, without waiting for a place', () => {
    const rule = { whenUnsatisfiable: 'ScheduleAnyway', matchLabelKeys: ['pod-template-hash'] };
    for (const rules of all(`${POD}.topologySpreadConstraints`))
      expect(rules).toMatchObject([
        { topologyKey: 'topology.kubernetes.io/zone', ...rule },
        { topologyKey: 'kubernetes.io/hostname', ...rule },
      ]);
  });

  it('is replaced without a missing pod, and when the file changes', async () => {
    for (const strategy of all('spec.strategy.rollingUpdate'))
      expect(strategy).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    const checksums = await Promise.all(
      ['country: DE', 'country: FR', 'country: FR'].map(async (file) => {
        const manifests = await rendered('first', '--set', 'config.file=null', '--set-string', `config.file=${file}`);
        const annotations = field(only(manifests, 'Deployment'), 'spec.template.metadata.annotations');
        return (annotations as Record<string, string>)['checksum/config'];
      }),
    );
    expect(checksums[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(checksums[0]).not.toBe(checksums[1]);
    expect(checksums[1]).toBe(checksums[2]);
  });

  it('uses the digest of the image, and otherwise the tag', async () => {
    const imageOf = async (example: string, ...args: readonly string[]) =>
      field(only(await rendered(example, ...args), 'Deployment'), `${CONTAINER}.image`);
    const pinned = `registry.example.com/datadip@sha256:${'0'.repeat(64)}`;
    expect(await imageOf('production', '--set', 'image.tag=9.9.9')).toBe(pinned);
    expect(await imageOf('first')).toBe('registry.example.com/datadip:0.1.0');
    expect(await imageOf('first', '--set', 'image.tag=9.9.9')).toBe('registry.example.com/datadip:9.9.9');
  });

  it('takes its secrets from existing Secrets, as variables and as files', async () => {
    const manifests = (await Promise.all(EXAMPLES.map((example) => rendered(example)))).flat();
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const container = field(only(await rendered('regions'), 'Deployment'), CONTAINER);
    expect(field(container, 'envFrom')).toEqual([{ secretRef: { name: 'datadip' } }]);
    const folder = '/etc/datadip/secrets/datadip-kafka';
    expect(list(container, 'env')).toContainEqual({ name: 'KAFKA_PASSWORD_FILE', value: `${folder}/KAFKA_PASSWORD` });
    const mount = { name: 'secret-datadip-kafka', mountPath: folder, readOnly: true };
    expect(list(container, 'volumeMounts')).toContainEqual(mount);
  });

  it('gets numbers of the values unchanged as variables', async () => {
    const changes = ['--set', 'env.NEAR_MAX_BYTES=134217728', '--set', 'env.LOG_LEVEL=warn'];
    const env = list(only(await rendered('production', ...changes), 'Deployment'), `${CONTAINER}.env`);
    expect(env).toContainEqual({ name: 'DEADLINE_MS', value: '2000' });
    expect(env).toContainEqual({ name: 'NEAR_MAX_BYTES', value: '134217728' });
    expect(env).toContainEqual({ name: 'LOG_LEVEL', value: 'warn' });
  });
});
