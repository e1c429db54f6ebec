export const TOO_LARGE = Symbol('too large');
export const TOO_SLOW = Symbol('too slow');

export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads the whole body of a request or a response.
 *
 * Guarantees: keeps at most `maxBytes`, also if the body has no length. Ends at `untilMs` (Unix
 * milliseconds), also if the sender sends a byte now and then.
 *
 * @returns the body, or `undefined` if there is none
 * @throws if the connection ends before the body does
 */
export async function readBody(
  { body, headers }: Pick<Request | Response, 'body' | 'headers'>,
  maxBytes: number,
  untilMs: number,
): Promise<Bytes | undefined | typeof TOO_LARGE | typeof TOO_SLOW> {
  if (body === null) return undefined;
  const reader = (body as ReadableStream<Bytes>).getReader();
  const isTooLarge = Number(headers.get('content-length') ?? 0) > maxBytes;
  const read = isTooLarge ? TOO_LARGE : await before(collect(reader, maxBytes), untilMs);
  // After the whole body, cancelling does nothing.
  reader.cancel().catch(() => undefined);
  return read;
}

/** Waits for `work` until `untilMs` (Unix milliseconds), and leaves it alone afterwards. */
export async function before<T>(work: Promise<T>, untilMs: number): Promise<T | typeof TOO_SLOW> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof TOO_SLOW>((resolve) => {
    timer = setTimeout(() => resolve(TOO_SLOW), Math.max(0, untilMs - Date.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

async function collect(
  reader: ReadableStreamDefaultReader<Bytes>,
  maxBytes: number,
): Promise<Bytes | typeof TOO_LARGE> {
  const chunks: Bytes[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, length);
    length += value.length;
    if (length > maxBytes) return TOO_LARGE;
    chunks.push(value);
  }
}

function joined(chunks: readonly Bytes[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
