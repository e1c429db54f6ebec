import { readText, Refusal, send, wrongMethod, type Exchange } from '../exchange.js';

/**
 * Reads the body of a POST, then goes on. Never rejects. Who leaves before the end of it is forgotten, and a body that is too long is
 * answered here.
 */
export async function posted(exchange: Exchange, goOn: (body: string) => void): Promise<void> {
  const { request, response, method } = exchange;
  if (method !== 'POST') {
    send(response, wrongMethod(['POST']));
    return;
  }
  try {
    const body = await readText(request);
    // A call taken after its caller has left would never hear of it.
    if (!response.destroyed) goOn(body);
  } catch (error) {
    if (error instanceof Refusal) send(response, { status: error.status, body: { error: error.message } });
  }
}
