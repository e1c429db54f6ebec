import type { Finding, Path } from '../../yaml/finding.js';
import { isPlaintextRemote } from '../../security-warnings.js';
import type { CheckContext } from '../check-context.js';
import { algorithmsOf, privateKeyOf } from './pem.js';
import type { AuthSketch, SystemSketch } from './system-schema.js';

const KEYS = [
  'clientId',
  'clientSecret',
  'privateKey',
  'keyId',
  'algorithm',
  'issuer',
  'subject',
  'audience',
  'claims',
  'refreshToken',
] as const;
type Key = (typeof KEYS)[number];
type Need = 'required' | 'optional' | 'unused';

const PLAINTEXT = 'must be https:// in production: http:// sends credentials and tokens unencrypted';

/**
 * Requires the keys that the grant and the client authentication use, and refuses the others. An
 * unused key shows that the author of the file expects something that Datadip does not do.
 */
export function oauth2Findings({ auth }: SystemSketch, path: Path, context: CheckContext): Finding[] {
  if (auth?.type !== 'oauth2') return [];
  const at = [...path, 'auth'];
  const isDecided = ['grant', 'clientAuthentication'].every((key) => context.isSound([...at, key]));
  return [
    ...plaintextLogin(auth, at, context),
    ...(isDecided ? neededKeys(auth, at) : []),
    ...unfitAlgorithm(auth, at),
  ];
}

function neededKeys(auth: AuthSketch, at: Path): Finding[] {
  const { grant = 'client-credentials', clientAuthentication: proof = 'basic' } = auth;
  const needs = needsOf(auth, grant, proof);
  const choice = `grant: ${grant} and clientAuthentication: ${proof}`;
  return KEYS.flatMap((key): Finding[] => {
    const isGiven = auth[key] !== undefined;
    if (needs[key] === 'required' && !isGiven) return [{ path: [...at, key], message: `is required with ${choice}` }];
    if (needs[key] === 'unused' && isGiven)
      return [{ path: [...at, key], message: `has no effect with ${choice}; params holds further form fields` }];
    return [];
  });
}

function needsOf(auth: AuthSketch, grant: string, proof: string): Record<Key, Need> {
  const isAssertion = grant === 'jwt-bearer';
  const isSigned = isAssertion || proof === 'private-key-jwt';
  const [signing, assertion] = [usedIf(isSigned), usedIf(isAssertion)];
  return {
    ...{ clientId: clientIdNeed(auth, isAssertion, proof), clientSecret: secretNeed(grant, proof) },
    privateKey: isSigned ? 'required' : 'unused',
    ...{ keyId: signing, algorithm: signing, audience: signing },
    ...{ issuer: assertion, subject: assertion, claims: assertion },
    refreshToken: grant === 'refresh-token' ? 'required' : 'unused',
  };
}

function usedIf(isUsed: boolean): Need {
  return isUsed ? 'optional' : 'unused';
}

/** An assertion alone proves who asks, and its issuer may be another name than the client id. */
function clientIdNeed({ clientSecret, issuer }: AuthSketch, isAssertion: boolean, proof: string): Need {
  const isAlone = isAssertion && proof === 'basic' && clientSecret === undefined;
  return isAlone && issuer !== undefined ? 'optional' : 'required';
}

function secretNeed(grant: string, proof: string): Need {
  if (proof === 'private-key-jwt') return 'unused';
  const isOptional = grant === 'jwt-bearer' || (grant === 'refresh-token' && proof === 'body');
  return isOptional ? 'optional' : 'required';
}

function unfitAlgorithm({ privateKey, algorithm }: AuthSketch, at: Path): Finding[] {
  const key = typeof privateKey === 'string' ? privateKeyOf(privateKey) : undefined;
  const fitting = key === undefined ? [] : algorithmsOf(key);
  if (algorithm === undefined || fitting.length === 0 || fitting.includes(algorithm)) return [];
  return [{ path: [...at, 'algorithm'], message: `does not fit privateKey; allowed: ${fitting.join(', ')}` }];
}

function plaintextLogin({ tokenUrl }: AuthSketch, at: Path, { mode }: CheckContext): Finding[] {
  const isRefused = mode === 'production' && typeof tokenUrl === 'string' && isPlaintextRemote(URL.parse(tokenUrl));
  return isRefused ? [{ path: [...at, 'tokenUrl'], message: PLAINTEXT }] : [];
}
