import { createPublicKey, type KeyObject } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import { Answer } from './origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from './origin.js';

export interface LoginRules {
  readonly grant: string;
  /** Expected exactly, after decoding by RFC 6749, section 2.3.1. `undefined`: no such header. */
  readonly basic?: readonly [id: string, secret: string];
  /** Form fields that must be there. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The field with an assertion, and what must be in it. */
  readonly assertion?: {
    readonly field: 'assertion' | 'client_assertion';
    readonly key: KeyObject;
    readonly algorithm: string;
    readonly claims: Readonly<Record<string, string>>;
  };
}

/** A login that issues tokens `t1`, `t2`, … and refuses each request that its rules forbid. */
export class OAuthLogin {
  issued = 0;
  /** Members of the answers next to the token. */
  extra: Readonly<Record<string, unknown>> = { token_type: 'Bearer', expires_in: 3600 };
  readonly complaints: string[] = [];
  private readonly seenIds = new Set<string>();

  private constructor(
    readonly origin: ScriptedOrigin,
    public rules: LoginRules,
  ) {}

  static async start(rules: LoginRules): Promise<OAuthLogin> {
    const origin = await startOrigin();
    const login = new OAuthLogin(origin, rules);
    login.recover();
    return login;
  }

  get tokenUrl(): string {
    return `${this.origin.url}/token`;
  }

  /** Answers by the rules. */
  recover(): void {
    this.origin.answer((call: OriginCall) => this.reply(call));
  }

  private async reply(call: OriginCall): Promise<unknown> {
    const complaint = await this.complaintAbout(call);
    if (complaint === undefined) return { access_token: `t${++this.issued}`, ...this.extra };
    this.complaints.push(complaint);
    return Answer.json({ error: 'invalid_client', error_description: `secret words: ${call.body}` }, 401);
  }

  private complaintAbout(call: OriginCall): Promise<string | undefined> | string {
    const { method, url, headers } = call;
    const form = Object.fromEntries(new URLSearchParams(call.body));
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
    if (method !== 'POST' || url !== '/token' || !isForm) return `${method} ${url}, or its content type`;
    const fields = { grant_type: this.rules.grant, ...this.rules.fields };
    const wrong = Object.entries(fields).filter(([name, value]) => form[name] !== value);
    return wrong.length > 0 ? `fields ${wrong.join(' ')} in ${call.body}` : this.proofComplaint(headers, form);
  }

  private async proofComplaint(
    { authorization }: OriginCall['headers'],
    form: Readonly<Record<string, string>>,
  ): Promise<string | undefined> {
    const { basic, assertion } = this.rules;
    const expected = basic && `Basic ${Buffer.from(basic.map(encoded).join(':')).toString('base64')}`;
    if (authorization !== expected) return `authorization ${authorization ?? ''}`;
    return assertion && this.assertionComplaint(form[assertion.field] ?? '', assertion);
  }

  private async assertionComplaint(
    jwt: string,
    { key, algorithm, claims }: NonNullable<LoginRules['assertion']>,
  ): Promise<string | undefined> {
    try {
      const { payload } = await jwtVerify(jwt, publicKeyOf(key), { algorithms: [algorithm], maxTokenAge: 300 });
      return this.claimComplaint(payload, claims);
    } catch (error) {
      return String(error);
    }
  }

  private claimComplaint(payload: JWTPayload, claims: Readonly<Record<string, string>>): string | undefined {
    const { jti = '', exp = 0, iat = 0 } = payload;
    if (jti === '' || this.seenIds.has(jti)) return 'jti';
    this.seenIds.add(jti);
    if (exp - iat > 300 || exp <= iat) return 'exp';
    const wrong = Object.entries(claims).filter(([name, value]) => payload[name] !== value);
    return wrong.length === 0 ? undefined : `claims ${wrong.join(' ')}`;
  }
}

/** Form encoding, written apart from the product: only unreserved characters stay. */
function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      if (/[A-Za-z0-9*._-]/.test(letter)) return letter;
      return letter === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function publicKeyOf(key: KeyObject): KeyObject {
  return createPublicKey({ key: key.export({ type: 'pkcs8', format: 'pem' }), format: 'pem' });
}
