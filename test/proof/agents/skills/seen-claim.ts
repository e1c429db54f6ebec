import { createHash } from 'node:crypto';
import {
  CLAIM_AGENT,
  CLAIM_BY_SKILL,
  CLAIM_MATCH,
} from '../../../../src/modules/agent-state/store/internal/agent-scripts.js';

/** A claim as the script got it. */
export interface SeenClaim {
  readonly queueId: string;
  readonly evaluation: 'all' | 'best' | 'disregard' | 'plain';
  readonly requirements: readonly { readonly skill: string; readonly minimum: number }[];
  readonly preferred: readonly string[];
  /** `false`: if no agent is locked, another script looks at the matches. */
  readonly isLast: boolean;
}

const shaOf = (lua: string | Buffer): string => createHash('sha1').update(lua).digest('hex');
const PLAIN = shaOf(CLAIM_AGENT.lua);
const BY_SKILL = shaOf(CLAIM_BY_SKILL.lua);
const MATCH = shaOf(CLAIM_MATCH.lua);
/** Arguments of the claim scripts, as their headers number them. */
const [EVALUATION, REQUIREMENTS] = [11, 14];

/**
 * The first call of a script on a connection sends its text (`EVAL`).
 *
 * @returns `undefined` if the command is no claim of the tenant
 */
export function claimIn(command: readonly string[], tenant: string): SeenClaim | undefined {
  const [name = '', script = '', keyCount = '0', ...rest] = command;
  const isText = name.toLowerCase() === 'eval';
  if ((!isText && name.toLowerCase() !== 'evalsha') || rest[0] !== `agents:{${tenant}}:locks`) return undefined;
  const sha = isText ? shaOf(unescaped(script)) : script;
  const args = rest.slice(Number(keyCount));
  const queueId = args[0] ?? '';
  if (sha === PLAIN) return { queueId, evaluation: 'plain', requirements: [], preferred: [], isLast: true };
  if (sha !== BY_SKILL && sha !== MATCH) return undefined;
  const count = Number(args[REQUIREMENTS]);
  const from = REQUIREMENTS + 1;
  const requirements = Array.from({ length: count }, (_, index) => ({
    skill: skillIn(args[from + 2 * index] ?? ''),
    minimum: Number(args[from + 2 * index + 1]),
  }));
  const evaluation = args[EVALUATION] as SeenClaim['evaluation'];
  return { queueId, evaluation, requirements, preferred: args.slice(from + 2 * count), isLast: sha === MATCH };
}

/** The skill of `;<skill>=`. */
function skillIn(mark: string): string {
  return mark.slice(1, -1);
}

/** The bytes of an argument that `MONITOR` shows. */
function unescaped(shown: string): Buffer {
  const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  const text = shown.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (letters[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, 'latin1');
}
