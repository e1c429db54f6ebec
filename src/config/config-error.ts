import { DatadipError } from '../kernel/errors.js';

/** A mistake in the configuration, with what an operator needs to correct it. */
export interface Problem {
  /** `environment`, or the file as `DATADIP_CONFIG` names it. */
  readonly source: string;
  /** Counted from 1. `undefined` if the place has no line. */
  readonly line?: number;
  /** The variable, or the path of the key (`systems.crm.timeoutMs`). Empty for the whole file. */
  readonly key: string;
  /**
   * The value in the file, text in quotes. `undefined` for secrets, missing values, lists and maps.
   */
  readonly value?: string;
  readonly message: string;
}

/** The source of every problem with a variable. */
export const ENVIRONMENT = 'environment';

const MAX_VALUE_LENGTH = 120;

/** Writes a value on one line, as in YAML: text in quotes, control characters escaped. */
export function quoted(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

/**
 * Writes a problem on one line, as in `datadip.yaml:12 systems.crm.timeoutMs = "soon": must be …`.
 */
function problemLine(problem: Problem): string {
  const at = problem.line === undefined ? problem.source : `${problem.source}:${problem.line}`;
  const key = problem.key === '' ? '' : ` ${problem.key}`;
  const value = problem.value === undefined ? '' : ` = ${problem.value}`;
  return `${at}${key}${value}: ${problem.message}`.replace(/\p{Cc}+/gu, ' ');
}

/**
 * The configuration is wrong. The error holds all problems of environment and file, and no secret.
 */
export class ConfigError extends DatadipError {
  readonly code = 'bad_configuration';
  readonly retryable = false;

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'));
  }

  /** Each problem on its own line, for the operator who starts the process. */
  override toString(): string {
    return this.message;
  }
}
