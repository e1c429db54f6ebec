import { z } from 'zod';
import { CALL_DEFAULTS, CALL_SWITCHES, type CallSwitches } from '../behaviour.js';
import { CallHandler } from '../call-handler.js';
import {
  methodNotAllowed,
  readText,
  RequestError,
  send,
  type Answer,
  type Exchange,
  type Routes,
} from '../exchange.js';
import { TokenRegistry } from '../login/token-registry.js';
import { systemControls } from '../system-controls.js';
import type { SimulatedSystem } from '../simulated-system.js';
import { CallStats } from '../stats.js';
import { Switchboard } from '../switchboard.js';
import type { Person } from './people.js';
import { matchPath } from './match-path.js';
import type { CreateVendor, Vendor, VendorRequest, VendorRoute } from './vendor.js';

export interface VendorOptions {
  readonly people: readonly Person[];
  readonly nowMs: () => number;
  /** Changes to the default switches of API and login, at the start and after every reset. */
  readonly behaviour: Partial<CallSwitches>;
}

const LOGIN_SWITCHES = CALL_SWITCHES.extend({
  /** The life of tokens issued from now on: whole seconds, at most two days. Default 3600. */
  lifeS: z.int().min(1).max(172_800),
});

type Host = 'api' | 'login';

/** Mounts a vendor below its name, with switches, counters and the control of its tokens. */
export function simulateVendor(create: CreateVendor, { people, nowMs, behaviour }: VendorOptions): SimulatedSystem {
  const registry = new TokenRegistry(nowMs);
  const login = new Switchboard(LOGIN_SWITCHES, { ...CALL_DEFAULTS, lifeS: 3600, ...behaviour });
  const switchboards = { api: new Switchboard(CALL_SWITCHES, { ...CALL_DEFAULTS, ...behaviour }), login };
  const lifeS = (): number => login.behaviour.lifeS;
  const vendor = create({
    people,
    tokens: {
      issue: (clientId) => registry.issue(clientId, lifeS() * 1000),
      isValid: (token) => token !== undefined && registry.find(token)?.status === 'valid',
      lifeS,
    },
  });
  const stats = { api: countersOf(vendor, 'api'), login: countersOf(vendor, 'login') };
  const calls = {
    api: createHandler(vendor, switchboards.api, stats.api, vendor.rejectionOf),
    login: createHandler(vendor, switchboards.login, stats.login, () => undefined),
  };
  return {
    routes: vendorRoutes(vendor, calls),
    controls: systemControls(vendor.name, { switchboards, stats, tokens: registry }),
    close: () => {
      calls.api.close();
      calls.login.close();
    },
  };
}

function countersOf({ routes }: Vendor, host: Host): CallStats {
  return new CallStats(routes.filter((route) => hostOf(route) === host).map(({ path }) => path));
}

function hostOf({ isLogin }: VendorRoute): Host {
  return isLogin === true ? 'login' : 'api';
}

function createHandler(
  { failureBody, failureType }: Vendor,
  switchboard: Switchboard<CallSwitches>,
  stats: CallStats,
  rejectionOf: Vendor['rejectionOf'],
): CallHandler {
  const failureAnswer = (status: number, retryAfterS: number | null): Answer => ({
    status,
    body: failureBody(status),
    headers: {
      ...(failureType !== undefined && { 'content-type': failureType }),
      ...(retryAfterS !== null && { 'retry-after': String(retryAfterS) }),
    },
  });
  const rejection = ({ request, query }: Exchange): Answer | undefined =>
    rejectionOf({ headers: request.headers, query });
  return new CallHandler({ switchboard, stats, failureAnswer, rejectionOf: rejection });
}

function vendorRoutes(vendor: Vendor, calls: Readonly<Record<Host, CallHandler>>): Routes {
  const prefix = `/${vendor.name}`;
  return (exchange) => {
    if (!exchange.path.startsWith(`${prefix}/`)) return false;
    const path = exchange.path.slice(prefix.length);
    const matches = vendor.routes.flatMap((route) => {
      const params = matchPath(route.path, path);
      return params === undefined ? [] : [{ route, params }];
    });
    const match = matches.find(({ route }) => route.method === exchange.method);
    if (match === undefined) {
      const refusal =
        matches.length === 0 ? vendor.noRoute : methodNotAllowed(matches.map(({ route }) => route.method));
      send(exchange.response, refusal);
      return true;
    }
    void withBody(exchange, (body) => {
      const { route, params } = match;
      const { method, query, request } = exchange;
      const asked: VendorRequest = { method, path, params, query, headers: request.headers, body };
      calls[hostOf(route)].handle(exchange, route.path, () => route.answer(asked));
    });
    return true;
  };
}

/** Reads the body. If the caller closes the connection before its end, nothing happens. */
async function withBody({ request, response }: Exchange, handle: (body: string) => void): Promise<void> {
  let body: string;
  try {
    body = await readText(request);
  } catch (error) {
    if (error instanceof RequestError) send(response, { status: error.status, body: { error: error.message } });
    return;
  }
  handle(body);
}
