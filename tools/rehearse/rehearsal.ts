import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startBrowser } from '../../test/support/browser.js';
import { startDatadip, type DatadipProcess } from '../../test/support/datadip-process.js';
import { freePort } from '../../test/support/private-port.js';
import { arrivals } from './arrivals.ts';
import { declarationOf, type Declaration } from './declaration.ts';
import { originDoor, shieldDoor } from './doors.ts';
import { pictureOfOps } from './ops-picture.ts';
import { Unusable, type Plan } from './plan.ts';
import { runOnce, type Run, type RunOptions } from './run.ts';
import { sandboxDeclaration } from './sandbox-declaration.ts';
import { StandIns } from './stand-ins.ts';

/** The same calls, straight at the systems and through the service. */
export interface Rehearsal {
  /** `undefined` if the service ran already. */
  readonly without: Run | undefined;
  readonly with: Run;
}

export type Side = keyof Rehearsal;

/** Where the rehearsal reports its progress. */
export type OnProgress = (side: Side, ...progress: Parameters<RunOptions['onProgress']>) => void;

/** Variables that the rehearsal needs from its environment. */
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs a plan. The two runs follow each other, so that they do not share the machine.
 *
 * @throws {Unusable} if the file or the key of the target cannot be used
 */
export async function rehearse(plan: Plan, env: Env, onProgress: OnProgress): Promise<Rehearsal> {
  const declaration = readDeclaration(plan);
  if (plan.target !== undefined)
    return { without: undefined, with: await atTarget(plan, declaration, env, onProgress) };
  const started = await checked(plan, declaration, env);
  const without = await withStandIns(plan, started, (standIns) =>
    runOnce({
      ...runOptions(plan, started, (...progress) => onProgress('without', ...progress)),
      door: originDoor(standIns.urls),
      standIns,
    }),
  );
  const shielded = await withStandIns(plan, started, (standIns) =>
    behindShield(plan, started, env, standIns, onProgress),
  );
  return { without, with: shielded };
}

function readDeclaration({ configFile }: Plan): Declaration {
  if (configFile === undefined) return declarationOf(sandboxDeclaration());
  try {
    return declarationOf(readFileSync(configFile, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unusable(`--config ${configFile}: ${reason}`, { cause: error });
  }
}

/** The service itself checks a user's file, before anything else starts. */
async function checked(plan: Plan, declaration: Declaration, env: Env): Promise<Declaration> {
  if (plan.configFile === undefined) return declaration;
  const urls = new Map(declaration.systems.map((system) => [system, 'http://127.0.0.1:9']));
  const service = await startDatadip({
    yaml: declaration.yamlWith(urls, newSecret()),
    env: serviceEnv(plan, declaration, env),
    args: ['--check'],
    waitFor: 'exit',
  });
  const { code } = await service.exited;
  if (code === 0) return declaration;
  // The problem names a line of the file that the service reads, and not of the user's file.
  const [problem = ''] = service.output.split('\n').filter((line) => line.includes(': '));
  throw new Unusable(`--config ${plan.configFile}: ${problem.replace(/^\S+:\d+ /, '')}`);
}

async function withStandIns(plan: Plan, { systems }: Declaration, work: (standIns: StandIns) => Promise<Run>) {
  const standIns = await StandIns.start(systems, plan);
  try {
    return await work(standIns);
  } finally {
    await standIns.stop();
  }
}

async function behindShield(
  plan: Plan,
  declaration: Declaration,
  env: Env,
  standIns: StandIns,
  onProgress: OnProgress,
): Promise<Run> {
  const apiKey = newSecret();
  const yaml = declaration.yamlWith(standIns.urls, apiKey);
  let service: DatadipProcess | undefined;
  const browser = plan.opsPicture === undefined ? undefined : await startBrowser();
  try {
    service = await startDatadip({ yaml, env: { ...serviceEnv(plan, declaration, env), PORT: `${await freePort()}` } });
    await standIns.forget();
    const options = runOptions(plan, declaration, (...progress) => onProgress('with', ...progress));
    const run = runOnce({ ...options, door: shieldDoor(service.url, apiKey), standIns });
    const page = { url: `${service.url}/ops`, apiKey };
    const [figures] = await Promise.all([run, pictureOfOps(browser, page, plan)]);
    return figures;
  } finally {
    await browser?.close();
    await service?.stop();
  }
}

async function atTarget(plan: Plan, declaration: Declaration, env: Env, onProgress: OnProgress): Promise<Run> {
  const { REHEARSE_API_KEY: apiKey = '' } = env;
  if (apiKey === '') throw new Unusable('--target needs the key of a caller in the environment: REHEARSE_API_KEY');
  // The desktop copy exists only in the service that the rehearsal starts.
  const dips = plan.configFile === undefined ? declaration.dips.slice(0, 1) : declaration.dips;
  const options = runOptions(plan, { dips }, (...progress) => onProgress('with', ...progress));
  return runOnce({ ...options, door: shieldDoor(plan.target ?? '', apiKey), standIns: undefined });
}

function runOptions(plan: Plan, { dips }: Pick<Declaration, 'dips'>, onProgress: RunOptions['onProgress']) {
  return { calls: arrivals(plan, dips), forMs: plan.forMs, onProgress };
}

/** As in production. The key of the hashes is new, so a given Redis has no entry of this run. */
function serviceEnv({ redisUrl = '' }: Plan, { variables }: Declaration, env: Env): Record<string, string> {
  const named = variables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    ...Object.fromEntries(named),
    NODE_ENV: 'production',
    WARM_UP: 'on',
    LOG_LEVEL: 'error',
    KEY_SECRET: newSecret(),
    REDIS_URL: redisUrl,
  };
}

function newSecret(): string {
  return randomBytes(24).toString('hex');
}
