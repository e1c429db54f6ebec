import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createServer } from 'node:http';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/environment/read-environment.js';
import { applyServerTimeouts } from '../../../src/platform/http/server-timeouts.js';
import { field, list } from '../../support/chart.js';
import { namesIn, parseTemplate, unknownNames } from '../../support/cloudformation.js';
import { Dockerfile } from '../../support/dockerfile.js';
import {
  attributes,
  container,
  fargateDockerfile,
  fargateFile,
  plainVariables,
  properties,
  secretNames,
  template,
} from '../../support/fargate.js';

const variable = (name: string) => plainVariables.find(({ Name }) => Name === name)?.Value;
const drainMs = Number(variable('DRAIN_DELAY_MS'));
const IN_FLIGHT_MS = 10_000;
const DEADLINE_MS = 2500;

describe('the template for Fargate', () => {
  it('names only parameters and resources that it declares', () => {
    expect(unknownNames(template)).toEqual([]);
  });

  it('uses every parameter', () => {
    const used = new Set(namesIn(template.Resources));
    expect(Object.keys(template.Parameters).filter((name) => !used.has(name))).toEqual([]);
  });

  it.each<[string, string]>([
    ['a Ref', 'A: { Ref: Missing }'],
    ['a short Ref', 'A: !Ref Missing'],
    ['a GetAtt', 'A: !GetAtt Missing.Arn'],
    ['a Sub', "A: !Sub 'x-${Missing.Name}'"],
    ['a Sub with own names', "A: !Sub ['${Own}', { Own: !Ref Missing }]"],
  ])('is checked so that %s to a missing resource is found', (_case, line) => {
    const text = `Parameters: {}\nOutputs: {}\nResources:\n  R: { Type: T, Properties: { ${line} } }`;
    expect(unknownNames(parseTemplate(text))).toEqual(['Missing']);
  });

  it('is checked so that an unknown function is refused', () => {
    expect(() => parseTemplate('Resources: !Fancy x')).toThrow('Unresolved tag');
  });
});

describe('a task', () => {
  it('gets variables that the service or its file knows', () => {
    const known = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    const ofFile = [...fargateFile.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    const given = [...plainVariables.map(({ Name }) => Name), ...secretNames];
    expect(given.filter((name) => !known.includes(name) && !ofFile.includes(name))).toEqual([]);
    expect(ofFile.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('gets no secret as plain text', () => {
    const secret = new Set(ENVIRONMENT_VARIABLES.filter(({ isSecret }) => isSecret).map(({ name }) => name));
    expect(plainVariables.filter(({ Name }) => secret.has(Name) || /KEY|SECRET|PASSWORD/.test(Name))).toEqual([]);
    expect(JSON.stringify(list(container, 'Secrets'))).not.toMatch(/"ValueFrom":"(?!arn:)/);
  });

  it('may read its secrets and no others', () => {
    const [statement] = list(properties('ExecutionRole'), 'Policies.0.PolicyDocument.Statement');
    expect(field(statement, 'Action')).toBe('secretsmanager:GetSecretValue');
    expect(new Set(namesIn(field(statement, 'Resource')))).toEqual(new Set(namesIn(list(container, 'Secrets'))));
    expect(properties('Task')).not.toHaveProperty('TaskRoleArn');
  });

  it('runs as the user of the image, with a read-only root and no privileges', () => {
    expect(container).toMatchObject({ User: '1000', ReadonlyRootFilesystem: true });
    expect(new Dockerfile().all('USER')).toEqual(['1000']);
    expect(field(container, 'LinuxParameters.Capabilities.Drop')).toEqual(['ALL']);
    expect(container).not.toHaveProperty('Privileged');
  });

  it('runs the command of the image, with the file of the example', () => {
    expect(container).not.toHaveProperty('Command');
    expect(fargateDockerfile).toContain(`COPY datadip.yaml ${String(variable('DATADIP_CONFIG'))}`);
  });

  it('has the CPU and the memory of the chart, in a size that Fargate offers', () => {
    const { Cpu, Memory } = properties('Task') as { Cpu: string; Memory: string };
    expect(Number(Cpu)).toBeGreaterThanOrEqual(1024);
    expect(Number(Memory)).toBeGreaterThanOrEqual(1024);
    const gigabytes = Number(Memory) / 1024;
    expect([2, 3, 4, 5, 6, 7, 8]).toContain(gigabytes);
  });
});

describe('the end of a task', () => {
  const targets = properties('Targets') as Record<string, number>;
  const { HealthCheckIntervalSeconds: interval = 0, HealthCheckTimeoutSeconds: timeout = 0 } = targets;

  it('begins with a drain in which the load balancer notices', () => {
    const noticedMs = (interval * (targets.UnhealthyThresholdCount ?? 0) + timeout) * 1000;
    expect(drainMs).toBeGreaterThanOrEqual(noticedMs);
    expect(targets).toMatchObject({ HealthCheckPath: '/health/ready', Matcher: { HttpCode: '200' } });
  });

  it('leaves time for the drain and for requests in flight before SIGKILL', () => {
    const stopMs = Number(field(container, 'StopTimeout')) * 1000;
    expect(stopMs).toBeGreaterThanOrEqual(drainMs + IN_FLIGHT_MS + 1000);
    expect(stopMs).toBeLessThanOrEqual(120_000);
  });

  it('is no failed health check of the container', () => {
    expect(JSON.stringify(field(container, 'HealthCheck.Command'))).toContain('/health/live');
  });

  it('leaves requests in flight at the load balancer more than the deadline', () => {
    const delay = attributes('Targets', 'TargetGroupAttributes')['deregistration_delay.timeout_seconds'];
    expect(Number(delay) * 1000).toBeGreaterThan(DEADLINE_MS + IN_FLIGHT_MS);
  });

  it('comes after the load balancer has closed idle connections', () => {
    const idle = attributes('Balancer', 'LoadBalancerAttributes')['idle_timeout.timeout_seconds'];
    const server = createServer();
    applyServerTimeouts(server);
    expect(server.keepAliveTimeout).toBeGreaterThan(Number(idle) * 1000);
  });
});

describe('the network', () => {
  const port = Number(variable('PORT'));

  it('has one port for the service, everywhere', () => {
    expect(list(container, 'PortMappings')).toEqual([{ ContainerPort: port, Protocol: 'tcp' }]);
    expect(properties('Targets')).toMatchObject({ Port: port });
    expect(properties('Service')).toMatchObject({ LoadBalancers: [{ ContainerPort: port }] });
    expect(field(container, 'HealthCheck.Command.3')).toContain('process.env.PORT');
  });

  it('lets only the load balancer reach tasks, and only tasks reach Redis', () => {
    const from = (name: string) => list(properties(name), 'SecurityGroupIngress');
    const rule = (at: number, group: string) => ({
      ...{ IpProtocol: 'tcp', FromPort: at, ToPort: at },
      SourceSecurityGroupId: { Ref: group },
    });
    expect(from('TaskNetwork')).toEqual([rule(port, 'BalancerNetwork')]);
    expect(from('RedisNetwork')).toEqual([rule(6379, 'TaskNetwork')]);
    expect(from('BalancerNetwork')).toMatchObject([{ FromPort: 443, ToPort: 443, CidrIp: { Ref: 'CallerCidr' } }]);
    expect(properties('Service')).toHaveProperty('NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp', 'DISABLED');
  });

  it('has TLS in front of the service, and writes no addresses to a log', () => {
    expect(properties('Listener')).toMatchObject({ Port: 443, Protocol: 'HTTPS' });
    expect(attributes('Balancer', 'LoadBalancerAttributes')).toMatchObject({ 'access_logs.s3.enabled': 'false' });
  });
});

describe('Redis', () => {
  it('speaks TLS, evicts nothing, and has a replica in another zone', () => {
    expect(properties('Redis')).toMatchObject({
      ...{ TransitEncryptionEnabled: true, TransitEncryptionMode: 'required', AtRestEncryptionEnabled: true },
      ...{ AutomaticFailoverEnabled: true, MultiAZEnabled: true, NumCacheClusters: 2 },
    });
    expect(properties('RedisParameters')).toHaveProperty(['Properties', 'maxmemory-policy'], 'noeviction');
    expect(field(properties('RedisUrl'), 'SecretString.Fn::Sub.0')).toMatch(/^rediss:\/\/datadip:\{\{resolve:/);
  });

  it('has a user with exactly the permissions of the documentation', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../../docs/operations/redis-user.md'), 'utf8');
    const [, block = ''] = /```\n(ACL SETUSER[^`]*)```/.exec(page) ?? [];
    const about = new Set(['ACL', 'SETUSER', 'datadip', 'on', '>PASSWORD', 'resetkeys', 'resetchannels']);
    const documented = block.split(/\s+/).filter((word) => word !== '' && !about.has(word));
    const given = String(properties('RedisUser').AccessString).split(/\s+/);
    expect(new Set(given)).toEqual(new Set(['on', ...documented]));
    expect(properties('RedisDefaultUser').AccessString).toBe('off -@all');
  });
});

describe('scaling', () => {
  const target = properties('Scaling');

  it('raises the smallest number before the peak and lowers it afterwards, in one time zone', () => {
    const actions = list(target, 'ScheduledActions');
    const smallest = actions.map((action) => field(action, 'ScalableTargetAction.MinCapacity.Ref'));
    expect(smallest).toEqual(['PeakTasks', target.MinCapacity].map((value) => field(value, 'Ref') ?? value));
    expect(actions.map((action) => field(action, 'Timezone.Ref'))).toEqual(['TimeZone', 'TimeZone']);
  });

  it('has defaults that fit each other', () => {
    const byDefault = (name: string) => Number(template.Parameters[name]?.Default);
    expect(byDefault('MinTasks')).toBeGreaterThanOrEqual(2);
    expect(byDefault('PeakTasks')).toBeGreaterThan(byDefault('MinTasks'));
    expect(byDefault('MaxTasks')).toBeGreaterThanOrEqual(byDefault('PeakTasks'));
  });

  it('follows the CPU, and a deployment does not undo it', () => {
    const policy = field(properties('ScalingByCpu'), 'TargetTrackingScalingPolicyConfiguration');
    expect(policy).toMatchObject({
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      TargetValue: 60,
    });
    expect(properties('Service')).not.toHaveProperty('DesiredCount');
  });
});
