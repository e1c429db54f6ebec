import type { CallHandlerOptions } from './call-handler.js';
import { behaviourMethods, statsMethods, type Controls, type Methods } from './control-routes.js';
import type { TokenRegistry } from './login/token-registry.js';
import type { CallStats } from './stats.js';

/** The parts of a system with a login that its controls change and show. */
interface Controlled {
  readonly switchboards: Readonly<Record<'api' | 'login', CallHandlerOptions['switchboard']>>;
  readonly stats: Readonly<Record<'api' | 'login', CallStats>>;
  readonly tokens: TokenRegistry;
}

/** The controls `/sandbox/<name>/…`: the switches of a system and of its login, and its tokens. */
export function systemControls(name: string, { switchboards, stats, tokens }: Controlled): Controls {
  const counted = {
    view: () => ({ ...stats.api.view(), login: stats.login.view() }),
    reset: () => {
      stats.api.reset();
      stats.login.reset();
    },
  };
  const controls: Readonly<Record<string, Methods>> = {
    [`/sandbox/${name}/behaviour`]: behaviourMethods(switchboards.api),
    [`/sandbox/${name}/login`]: behaviourMethods(switchboards.login),
    [`/sandbox/${name}/stats`]: statsMethods(counted),
    [`/sandbox/${name}/tokens`]: { DELETE: () => ({ revoked: tokens.revokeAll() }) },
  };
  return (path) => (Object.hasOwn(controls, path) ? controls[path] : undefined);
}
