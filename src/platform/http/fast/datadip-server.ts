import type { Express } from 'express';
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { LOOKS_FOR_LATE_EVERY_MS } from '../server-timeouts.js';

/**
 * A server whose requests and responses are born as what Express makes of them.
 *
 * Express gives every request and response another prototype when they come in, and an object that changes its prototype is slow for
 * the rest of its life: 6 % of a near hit for the change alone (`bench/README.md`). Here the prototype is right from the beginning, so
 * that Express sets what is set already.
 */
export function createDatadipServer(express: Express): Server {
  class HouseIncoming extends IncomingMessage {}
  class HouseResponse extends ServerResponse {}
  express.request = inTheirPlace(HouseIncoming.prototype, express.request);
  express.response = inTheirPlace(HouseResponse.prototype, express.response);
  const born = { IncomingMessage: HouseIncoming, ServerResponse: HouseResponse };
  return createServer({ ...born, connectionsCheckingInterval: LOOKS_FOR_LATE_EVERY_MS }, express);
}

/** What Express declares comes between our class and Node's. */
function inTheirPlace<Declared extends object>(ours: object, declared: Declared): Declared {
  return Object.setPrototypeOf(ours, declared) as Declared;
}
