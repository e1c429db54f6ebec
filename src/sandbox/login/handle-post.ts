import { readText, RequestError, send, methodNotAllowed, type Exchange } from '../exchange.js';

/**
 * Reads the body of a POST and passes it to `handle`. If the caller closes the connection before
 * the end of the body, nothing happens. A body that is too long is answered here. The promise
 * rejects only with an error of `handle`.
 */
export async function handlePost(exchange: Exchange, handle: (body: string) => void): Promise<void> {
  const { response, method } = exchange;
  if (method !== 'POST') {
    send(response, methodNotAllowed(['POST']));
    return;
  }
  const body = await readBody(exchange);
  if (body !== undefined) handle(body);
}

async function readBody({ request, response }: Exchange): Promise<string | undefined> {
  try {
    return await readText(request);
  } catch (error) {
    if (error instanceof RequestError) send(response, { status: error.status, body: { error: error.message } });
    return undefined;
  }
}
