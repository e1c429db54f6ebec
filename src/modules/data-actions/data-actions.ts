import { Inject, Injectable } from '@nestjs/common';
import type { CallerConfig, LookupConfig, ServerConfig } from '../../config/config.js';
import { CALLERS, LOOKUPS, SERVER_CONFIG } from '../../config/tokens.js';
import { AGENT_ROUTES } from '../../contracts/agent-routes.js';
import { TENANT_INPUT, type FlatRoute } from '../../contracts/flat-route.js';
import { lookupRoute } from '../../contracts/lookup-route.js';
import { dataAction } from './internal/data-action.js';

/** What the platform waits longer than we let any caller wait: for the way there and back. */
const ON_TOP_OF_DEADLINE_MS = 1000;

/** A Data Action that can be had. */
export interface DataActionFile {
  readonly name: string;
  readonly description: string;
  readonly fileName: string;
  /** @param baseUrl an address that `baseUrlComplaint` has nothing against, without a slash at its end */
  readonly text: (baseUrl: string) => string;
}

/** Makes the Data Actions of what is declared: one a lookup, and those of the agents' routes. The same for the routes and the command. */
@Injectable()
export class DataActions {
  readonly files: readonly DataActionFile[];

  constructor(
    @Inject(LOOKUPS) lookups: ReadonlyMap<string, LookupConfig>,
    @Inject(CALLERS) callers: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) { deadlineMs }: Pick<ServerConfig, 'deadlineMs'>,
  ) {
    const more = [...callers.values()].some(servesSeveral) ? [TENANT_INPUT] : [];
    const timeoutSeconds = Math.ceil((deadlineMs + ON_TOP_OF_DEADLINE_MS) / 1000);
    const routes = [...[...lookups.values()].map(lookupRoute), ...Object.values(AGENT_ROUTES)];
    this.files = routes
      .map((route): FlatRoute => ({ ...route, inputs: [...route.inputs, ...more] }))
      .map((route) => ({
        name: route.name,
        description: route.description,
        fileName: `${route.name}.custom.json`,
        text: (baseUrl) => `${JSON.stringify(dataAction(route, baseUrl, timeoutSeconds), null, 2)}\n`,
      }));
  }

  named(name: string): DataActionFile | undefined {
    return this.files.find((file) => file.name === name);
  }
}

/** Whoever serves one tenant need not name it, and an input nobody needs is one more to be filled wrongly. */
function servesSeveral({ tenants, scopes }: CallerConfig): boolean {
  const asks = scopes.includes('lookup') || scopes.includes('agents');
  return asks && (tenants.length > 1 || tenants.includes('*'));
}
