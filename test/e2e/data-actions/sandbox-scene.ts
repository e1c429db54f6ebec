import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import type { TestApp } from '../../support/app.js';
import { raw } from '../../support/http.js';
import { Region, startRegion } from '../../support/region.js';
import { handedOut, namesOf } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys, type Execution, type FlowInputs } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

interface Declared {
  readonly lookups: Record<string, { cache: Record<string, number> }>;
}

const BUNDLED = new URL('../../../src/config/bundled/sandbox.yaml', import.meta.url);

/** Whom the sandbox knows, by every input that a bundled lookup has; and somebody it does not. */
export const KNOWN: FlowInputs = customer(17);
export const UNKNOWN: FlowInputs = { ani: '+19990000001', email: 'nobody@example.com', customerId: 'c-0' };

function customer(n: number): FlowInputs {
  return { ani: `+1555${String(n).padStart(4, '0')}`, email: `customer${n}@example.com`, customerId: `c-${n}` };
}

/** The service with its bundled file before the sandbox, as `npm start` has them, and the platform that was given its files. */
export class SandboxScene extends Region<TestApp> {
  private constructor(
    region: Region<TestApp>,
    private readonly sandbox: Sandbox,
  ) {
    super(region);
  }

  /** @param cache what differs for every lookup */
  static async open(cache: Record<string, number> = {}, env: Record<string, string> = {}): Promise<SandboxScene> {
    const sandbox = await startSandbox({ port: 0, behaviour: { latencyMs: 0 } });
    const declared = parse(readFileSync(BUNDLED, 'utf8')) as Declared;
    for (const lookup of Object.values(declared.lookups)) lookup.cache = { ...lookup.cache, ...cache };
    const region = await startRegion({
      declaration: stringify(declared),
      env: { CRM_BASE_URL: sandbox.url, ...env },
    });
    return new SandboxScene(region, sandbox);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.sandbox.close();
  }

  /** Every lookup the service has, and not only those the tests know of. */
  async lookups(): Promise<string[]> {
    return (await namesOf(this.url())).filter((name) => !name.startsWith('agents-'));
  }

  action(name: string): Promise<ExportedAction> {
    return handedOut(this.url(), name);
  }

  /** Runs the action with those of the inputs that it has. */
  execute(action: ExportedAction, inputs: FlowInputs, dialect: Dialect = 'plain'): Promise<Execution> {
    return new Genesys({ apiKey: 'sandbox' }, dialect).execute(action, inputs);
  }

  async behave(behaviour: Record<string, unknown>): Promise<void> {
    await raw('PUT', `${this.sandbox.url}/sandbox/behaviour`, JSON.stringify(behaviour));
  }
}

/** One call for each input of an action: it alone is set. */
export function oneByOne(action: ExportedAction, values: FlowInputs): FlowInputs[] {
  return Object.keys(action.contract.input.inputSchema.properties).map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody said what the input ${name} may be: add it to the scene`);
    return { [name]: value };
  });
}

/** An action that nothing is known for answers its defaults. */
export function defaultsOf({ config }: ExportedAction): Record<string, unknown> {
  const { translationMapDefaults: texts } = config.response;
  const all = Object.entries(texts).map(([name, text]) => [name, JSON.parse(text) as unknown]);
  const { source: _, error: __, ...declared } = Object.fromEntries(all) as Record<string, unknown>;
  return declared;
}
