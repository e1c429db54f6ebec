import { given, type Env } from './internal/env.js';

/** Whether this process is to bring its own stand-in systems. A word that is none of ours wants nothing; `loadConfig` reports it. */
export function sandboxWanted(env: Env): boolean {
  const word = given(env, 'SANDBOX') ?? 'auto';
  return word === 'on' || (word === 'auto' && nothingIsConfigured(env));
}

/** `CRM_BASE_URL` counts, since it is the one name the bundled file asks for: who sets it has an origin of their own. */
function nothingIsConfigured(env: Env): boolean {
  const configured = given(env, 'DATADIP_CONFIG') ?? given(env, 'CRM_BASE_URL');
  return configured === undefined && env.NODE_ENV !== 'production';
}
