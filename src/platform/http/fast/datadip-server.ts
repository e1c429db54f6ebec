import type { Express, Request } from 'express';
import { createServer, IncomingMessage, ServerResponse, type RequestListener, type Server } from 'node:http';
import type { DatadipRequest } from '../request-context.js';
import { TIMEOUT_CHECK_INTERVAL_MS } from '../server-timeouts.js';

/**
 * An HTTP server that creates requests and responses with the prototypes of Express.
 *
 * Express replaces the prototype of every request and response. The replacement costs 6 % of a near
 * hit (`bench/README.md`), and an object whose prototype has changed stays slow. This server sets
 * the prototype when it creates the object, so that Express sets the prototype which the object
 * already has.
 *
 * A request also has the fields of all stages from its creation: a field that a stage adds later
 * changes the object's hidden class.
 *
 * Delete when: Express no longer replaces prototypes.
 *
 * @param receive runs each request
 */
export function createDatadipServer(express: Express, receive: RequestListener): Server {
  class DatadipIncoming extends IncomingMessage implements Fields {
    arrivedAtMs = 0;
    requestId = '';
    deadline = undefined;
    routeMatch = undefined;
    failure = undefined;
    rawBody = undefined;
    body = undefined;
    caller = undefined;
    dip = undefined;
    dipParts = undefined;
    cacheOutcome = undefined;
    dipReason = undefined;
    span = undefined;
    isCounted = false;
    isOver = false;
    awaitsContinue = false;
    hasUnmetExpectation = false;
  }
  class DatadipResponse extends ServerResponse {}
  express.request = withPrototype(DatadipIncoming.prototype, express.request);
  express.response = withPrototype(DatadipResponse.prototype, express.response);
  const classes = { IncomingMessage: DatadipIncoming as typeof IncomingMessage, ServerResponse: DatadipResponse };
  // `head-check.ts` refuses a request without `Host`. Node's own answer would leave no access line.
  const options = { ...classes, connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS, requireHostHeader: false };
  const server = createServer(options, receive);
  // Without these listeners, Node asks for a body before Datadip knows its sender, and answers an
  // unknown expectation with an empty 417.
  server.on('checkContinue', (request: DatadipIncoming, response) => {
    request.awaitsContinue = true;
    receive(request, response);
  });
  server.on('checkExpectation', (request: DatadipIncoming, response) => {
    request.hasUnmetExpectation = true;
    receive(request, response);
  });
  return server;
}

/** The fields that the stages write. */
type Fields = Readonly<Record<keyof Omit<DatadipRequest, keyof Request> | 'body', unknown>>;

/** Inserts the methods of Express between Datadip's class and Node's class. */
function withPrototype<Declared extends object>(prototype: object, declared: Declared): Declared {
  return Object.setPrototypeOf(prototype, declared) as Declared;
}
