import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../exchange.js';
import type { Person } from './people.js';

/** A request to a simulated vendor. */
export interface VendorRequest {
  readonly method: string;
  /** Below the prefix of the vendor. Not decoded. */
  readonly path: string;
  /** The decoded values of `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty if the request has none. */
  readonly body: string;
}

/** The part of a request that may hold credentials. */
type VendorCredentials = Pick<VendorRequest, 'headers' | 'query'>;

export interface VendorRoute {
  readonly method: 'GET' | 'POST';
  /** Below the prefix of the vendor. `:name` matches one segment, as in `/data/:version/query`. */
  readonly path: string;
  /** `true`: a token endpoint, with its own switches and counters. No token is needed there. */
  readonly isLogin?: boolean;
  readonly answer: (request: VendorRequest) => Answer;
}

/** The simulated system of one vendor. */
export interface Vendor {
  /** The first segment of its paths, and its name in the control routes. */
  readonly name: string;
  readonly routes: readonly VendorRoute[];
  /** The answer to a caller without valid credentials. `undefined` admits the call. */
  readonly rejectionOf: (credentials: VendorCredentials) => Answer | undefined;
  /** The body of a failure that the switches demand, in the words of the vendor. */
  readonly failureBody: (status: number) => Answer['body'];
  /** The content type of these failures. Default `application/json`. */
  readonly failureType?: string;
  /** The answer if no route has the path. */
  readonly noRoute: Answer;
}

export interface VendorTokens {
  /** A new token, which lives as long as the switch `lifeS` of the login says. */
  readonly issue: (clientId: string) => string;
  /** `false` for a token that is unknown, expired or revoked. */
  readonly isValid: (token: string | undefined) => boolean;
  readonly lifeS: () => number;
}

export interface VendorContext {
  readonly people: readonly Person[];
  readonly tokens: VendorTokens;
}

export type CreateVendor = (context: VendorContext) => Vendor;
