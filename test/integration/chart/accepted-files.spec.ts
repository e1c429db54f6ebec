import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { EXAMPLES, list, only, rendered } from '../../support/chart.js';
import { startDatadip } from '../../support/datadip-process.js';
import { findHelm, HELM_WITHIN_MS } from '../../support/find-helm.js';

beforeAll(findHelm, HELM_WITHIN_MS);

/** The chart does not read the file of this example. */
const WITH_FILES = EXAMPLES.filter((example) => example !== 'gitops');

interface Variable {
  readonly name: string;
  readonly value: string;
}

describe('the file of a release', () => {
  it.each(WITH_FILES)('is accepted by the service in production, for the example %s', async (example) => {
    const manifests = await rendered(example);
    const ofRelease = manifests.filter(({ metadata }) => metadata.name === 'dips');
    const text = only(ofRelease, 'ConfigMap').data?.['datadip.yaml'] ?? '';
    const variables = list(only(manifests, 'Deployment'), 'spec.template.spec.containers.0.env') as Variable[];
    const plain = variables.filter(({ name }) => !/_FILE$|^(DATADIP_CONFIG|PORT)$/.test(name));
    const env = {
      ...Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, secret()])),
      ...{ KEY_SECRET: secret(), REDIS_URL: 'rediss://redis.example.com:6379', GENESYS_CLIENT_SECRET: secret() },
      ...(example === 'regions' ? { KAFKA_PASSWORD: secret() } : {}),
      ...Object.fromEntries(plain.map(({ name, value }) => [name, value])),
    };
    const datadip = await startDatadip({ yaml: text, args: ['--check'], waitFor: 'exit', env });
    expect([datadip.output, (await datadip.exited).code]).toEqual(['ok', 0]);
  });
});

function secret(): string {
  return randomBytes(24).toString('hex');
}
