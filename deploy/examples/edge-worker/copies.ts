import type { CopySettings, CopyStore, Flat } from './settings.ts';

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Within which a copy is read; milliseconds. */
export const COPY_WITHIN_MS = 250;
const IV_BYTES = 12;
const encoder = new TextEncoder();

/**
 * Copies of good answers, for the time in which no region answers. They are off by default, because
 * **an invalidation does not reach them**: a copy may be served for `staleMs` after it.
 *
 * Guarantees: name and key of a copy come from the credential, the tenant and the inputs of the
 * request. So another credential finds no copy, and the store alone cannot be read.
 */
export class Copies {
  private readonly settings: CopySettings;

  constructor(settings: CopySettings) {
    this.settings = settings;
  }

  /** @returns `undefined` if the lookup has no copies */
  async copyOf(request: Request, body: Uint8Array | undefined, lookup: string | undefined): Promise<Copy | undefined> {
    const staleMs = this.settings.staleMs.get(lookup ?? '');
    if (staleMs === undefined) return undefined;
    const { headers, url } = request;
    const named = ['authorization', 'x-api-key', 'x-genesys-org'].map((name) => headers.get(name) ?? '');
    const { pathname, searchParams } = new URL(url);
    searchParams.sort();
    const material = JSON.stringify([...named, pathname, String(searchParams), new TextDecoder().decode(body)]);
    // A key belongs to its request: workerd lets no other request wait for it.
    const algorithm = { name: 'HMAC', hash: 'SHA-512' };
    const secret = await crypto.subtle.importKey('raw', encoder.encode(this.settings.secret), algorithm, false, [
      'sign',
    ]);
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', secret, encoder.encode(material)));
    const name = [...digest.subarray(0, 32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const cipher = await crypto.subtle.importKey('raw', digest.subarray(32), 'AES-GCM', false, ['encrypt', 'decrypt']);
    return new Copy(this.settings.store, name, cipher, staleMs);
  }
}

/** The copy of the answer to one request. */
class Copy {
  private readonly stored: CopyStore;
  private readonly name: string;
  private readonly cipher: Key;
  private readonly staleMs: number;

  constructor(stored: CopyStore, name: string, cipher: Key, staleMs: number) {
    this.stored = stored;
    this.name = name;
    this.cipher = cipher;
    this.staleMs = staleMs;
  }

  /** Stores a fresh answer about a known customer, and no other. */
  async store(response: Response): Promise<void> {
    if (response.status !== 200) return;
    const answer = (await response.json()) as Flat;
    if (answer.contactFound !== true || !['cache', 'origin'].includes(String(answer.source))) return;
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = encoder.encode(JSON.stringify({ atMs: Date.now(), answer }));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.cipher, text));
    const characters = [...iv, ...sealed].map((byte) => String.fromCharCode(byte)).join('');
    await this.stored.put(this.name, btoa(characters), { expirationTtl: Math.ceil(this.staleMs / 1000) });
  }

  /** @returns `undefined` if there is no copy of an allowed age, or if the store fails */
  async read(): Promise<Flat | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), COPY_WITHIN_MS);
    });
    try {
      const sealed = await Promise.race([this.stored.get(this.name), late]);
      return sealed === null ? undefined : await this.opened(sealed);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private async opened(sealed: string): Promise<Flat | undefined> {
    const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, IV_BYTES) };
    const text = await crypto.subtle.decrypt(algorithm, this.cipher, bytes.subarray(IV_BYTES));
    const { atMs, answer } = JSON.parse(new TextDecoder().decode(text)) as { atMs: number; answer: Flat };
    return Date.now() - atMs <= this.staleMs ? answer : undefined;
  }
}
