import { readText, Refusal, send, wrongMethod, type Exchange } from '../exchange.js';

/**
 * Reads the body of a POST, then goes on. Who leaves before the end of it is forgotten, and a body that is too long is answered here.
 * Rejects only with what `goOn` throws.
 */
export async function posted(exchange: Exchange, goOn: (body: string) => void): Promise<void> {
  const { response, method } = exchange;
  if (method !== 'POST') {
    send(response, wrongMethod(['POST']));
    return;
  }
  const body = await bodyOf(exchange);
  if (body !== undefined) goOn(body);
}

async function bodyOf({ request, response }: Exchange): Promise<string | undefined> {
  try {
    return await readText(request);
  } catch (error) {
    if (error instanceof Refusal) send(response, { status: error.status, body: { error: error.message } });
    return undefined;
  }
}
