import { Inject, Injectable } from '@nestjs/common';
import { type CallerConfig, CALLERS } from '../../config/sections/callers.js';
import { type ComposedLookupConfig, COMPOSED_LOOKUPS } from '../../config/sections/lookups/composed-config.js';
import { type LookupConfig, LOOKUPS } from '../../config/sections/lookups/lookup-config.js';
import { type ServerConfig, SERVER_CONFIG } from '../../config/sections/server.js';
import type { Caller } from '../../contracts/caller.js';
import { AGENT_ROUTES } from '../../contracts/agent-routes.js';
import { TENANT_INPUT, type FlatRoute } from '../../contracts/flat-route.js';
import { lookupRoutes } from '../../contracts/lookup-route.js';
import { HttpProblem } from '../../kernel/errors.js';
import { dataAction } from './internal/data-action.js';

/** The platform waits this much longer than the deadline, for the network in both directions. */
const NETWORK_ALLOWANCE_MS = 1000;

/** A Data Action as a file to import. */
export interface DataActionFile {
  readonly name: string;
  readonly description: string;
  readonly fileName: string;
  /** @param baseUrl an address that `baseUrlComplaint` accepts, without a slash at its end */
  readonly text: (baseUrl: string) => string;
}

/**
 * Makes one Data Action per declared lookup and one per agent action, for the route and the
 * command.
 */
@Injectable()
export class DataActions {
  readonly files: readonly DataActionFile[];

  constructor(
    @Inject(LOOKUPS) lookups: ReadonlyMap<string, LookupConfig>,
    @Inject(COMPOSED_LOOKUPS) composed: ReadonlyMap<string, ComposedLookupConfig>,
    @Inject(CALLERS) callers: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) { deadlineMs }: Pick<ServerConfig, 'deadlineMs'>,
  ) {
    const tenantInputs = [...callers.values()].some(needsTenantInput) ? [TENANT_INPUT] : [];
    const timeoutSeconds = Math.ceil((deadlineMs + NETWORK_ALLOWANCE_MS) / 1000);
    const routes = [...lookupRoutes(lookups, composed), ...Object.values(AGENT_ROUTES)];
    this.files = routes
      .map((route): FlatRoute => ({ ...route, inputs: [...route.inputs, ...tenantInputs] }))
      .map((route) => ({
        name: route.name,
        description: route.description,
        fileName: `${route.name}.custom.json`,
        text: (baseUrl) => `${JSON.stringify(dataAction(route, baseUrl, timeoutSeconds), null, 2)}\n`,
      }));
  }

  /** The Data Actions of the lookups that a caller may use, and those of agents. */
  filesFor({ lookups }: Pick<Caller, 'lookups'>): readonly DataActionFile[] {
    return lookups === undefined
      ? this.files
      : this.files.filter(({ name }) => this.isAgentAction(name) || lookups.has(name));
  }

  /**
   * A caller with a list of lookups gets 403 for every other name, as for the lookup itself.
   *
   * @throws {HttpProblem} 403 for a lookup that the caller may not use, 404 for an unknown name
   */
  find(name: string, { lookups }: Pick<Caller, 'lookups'>): DataActionFile {
    if (lookups?.has(name) === false && !this.isAgentAction(name))
      throw new HttpProblem('wrong_lookup', 403, 'caller may not use this lookup');
    const found = this.files.find((file) => file.name === name);
    if (found === undefined) throw new HttpProblem('unknown_lookup', 404, 'no Data Action has this name');
    return found;
  }

  private isAgentAction(name: string): boolean {
    return Object.hasOwn(AGENT_ROUTES, name);
  }
}

/**
 * A caller of one tenant needs no `tenantId`, and the author of a flow might fill an input that has
 * no use.
 */
function needsTenantInput({ tenants, scopes }: CallerConfig): boolean {
  const usesFlatRoutes = scopes.includes('lookup') || scopes.includes('agents');
  return usesFlatRoutes && (tenants.length > 1 || tenants.includes('*'));
}
