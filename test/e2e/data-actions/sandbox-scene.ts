import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import type { TestApp } from '../../support/app.js';
import { raw } from '../../support/http.js';
import { Region, startRegion } from '../../support/region.js';
import { downloadAction, actionNames } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys, type Execution, type FlowInputs } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

interface Declared {
  readonly lookups: Record<string, { compose?: unknown; cache?: Record<string, number> }>;
}

const BUNDLED = new URL('../../../src/config/bundled/sandbox.yaml', import.meta.url);

/** A customer of the sandbox, by every input that a bundled lookup has; and an unknown customer. */
export const KNOWN_CUSTOMER: FlowInputs = customer(17);
export const UNKNOWN_CUSTOMER: FlowInputs = { ani: '+19990000001', email: 'nobody@example.com', customerId: 'c-0' };

function customer(n: number): FlowInputs {
  return { ani: `+1555${String(n).padStart(4, '0')}`, email: `customer${n}@example.com`, customerId: `c-${n}` };
}

/**
 * The service with its bundled declaration file in front of the sandbox, as `npm start` runs them.
 * A platform has imported the Data Actions of the service.
 */
export class SandboxScene extends Region<TestApp> {
  private constructor(
    region: Region<TestApp>,
    private readonly sandbox: Sandbox,
  ) {
    super(region);
  }

  /** @param cache - cache options that replace those of every lookup */
  static async open(cache: Record<string, number> = {}, env: Record<string, string> = {}): Promise<SandboxScene> {
    const sandbox = await startSandbox({ port: 0, behaviour: { latencyMs: 0 } });
    try {
      const file = stringify(bundledFile(cache));
      const region = await startRegion({ declaration: file, env: { CRM_BASE_URL: sandbox.url, ...env } });
      return new SandboxScene(region, sandbox);
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.sandbox.close();
  }

  /** Returns the names of all lookups of the service, also of those that no test names. */
  async lookups(): Promise<string[]> {
    return (await actionNames(this.url())).filter((name) => !name.startsWith('agents-'));
  }

  action(name: string): Promise<ExportedAction> {
    return downloadAction(this.url(), name);
  }

  /** Runs the action with those inputs that the action declares. */
  execute(action: ExportedAction, inputs: FlowInputs, dialect: Dialect = 'plain'): Promise<Execution> {
    return new Genesys({ apiKey: 'sandbox' }, dialect).execute(action, inputs);
  }

  async behave(behaviour: Record<string, unknown>): Promise<void> {
    await raw('PUT', `${this.sandbox.url}/sandbox/behaviour`, JSON.stringify(behaviour));
  }
}

/** The bundled declaration file with changed cache options. A composed lookup has none. */
function bundledFile(cache: Record<string, number>): Declared {
  const declared = parse(readFileSync(BUNDLED, 'utf8')) as Declared;
  for (const lookup of Object.values(declared.lookups))
    if (lookup.compose === undefined) lookup.cache = { ...lookup.cache, ...cache };
  return declared;
}

/** Returns the inputs of one call for each input of an action. Each call sets that input alone. */
export function singleInputs(action: ExportedAction, values: FlowInputs): FlowInputs[] {
  return Object.keys(action.contract.input.inputSchema.properties).map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the scene has no value for the input ${name}: add one`);
    return { [name]: value };
  });
}

/** Returns the outputs that an action returns for an unknown customer. */
export function defaultsOf({ config }: ExportedAction): Record<string, unknown> {
  const { translationMapDefaults: texts } = config.response;
  const all = Object.entries(texts).map(([name, text]) => [name, JSON.parse(text) as unknown]);
  const { source: _, error: __, ...declared } = Object.fromEntries(all) as Record<string, unknown>;
  return declared;
}
