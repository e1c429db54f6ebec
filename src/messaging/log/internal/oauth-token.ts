import type { SaslConfig } from '../../../config/sections/kafka.js';
import type { Clock } from '../../../kernel/clock.js';
import { ReadingFailed, TokenRefused } from './kafka-failures.js';

const ANSWERS_WITHIN_MS = 5000;
const LONGEST_ANSWER = 65_536;
/**
 * The share of its life after which a token is replaced. The client logs in again after 80 % of the
 * time that the broker allows, and needs another token then.
 */
const USED_SHARE = 0.7;
const DEFAULT_LIFE_S = 300;

type OAuthConfig = Extract<SaslConfig, { mechanism: 'OAUTHBEARER' }>;

interface Token {
  readonly text: string;
  readonly untilMs: number;
}

/**
 * The token that Kafka accepts, by client credentials (RFC 6749, section 4.4).
 *
 * Guarantees: one request at a time, and at most 5 s for it. A token is used for 70 % of its life.
 */
export class OAuthToken {
  private token: Token | undefined;
  private pending: Promise<Token> | undefined;

  constructor(
    private readonly config: OAuthConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws {TokenRefused} if the token service refuses the client */
  async get(): Promise<string> {
    if (this.token !== undefined && this.token.untilMs > this.clock.nowMs()) return this.token.text;
    this.pending ??= this.request().finally(() => {
      this.pending = undefined;
    });
    this.token = await this.pending;
    return this.token.text;
  }

  private async request(): Promise<Token> {
    const atMs = this.clock.nowMs();
    const { tokenUrl, clientId, clientSecret, scope } = this.config;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...(scope === undefined ? {} : { scope }),
    });
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const response = await fetch(tokenUrl, { method: 'POST', body, signal, redirect: 'error' });
    const text = await bodyText(response);
    if ([400, 401, 403].includes(response.status))
      throw new TokenRefused(`the token service answers ${response.status}`);
    if (!response.ok) throw new ReadingFailed(`the token service answers ${response.status}`);
    return parseToken(text, atMs);
  }
}

async function bodyText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > LONGEST_ANSWER) throw new ReadingFailed('the answer of the token service is too long');
  }
  return text;
}

function parseToken(text: string, atMs: number): Token {
  const unusable = new ReadingFailed('the answer of the token service has no access_token');
  try {
    const { access_token: token, expires_in: lifeS } = JSON.parse(text) as Record<string, unknown>;
    if (typeof token !== 'string' || token === '') throw unusable;
    const seconds = Number(lifeS ?? DEFAULT_LIFE_S);
    return { text: token, untilMs: atMs + (seconds > 0 ? seconds : DEFAULT_LIFE_S) * 1000 * USED_SHARE };
  } catch {
    throw unusable;
  }
}
