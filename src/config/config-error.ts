import { DatadipError } from '../kernel/errors.js';

/** One thing that is wrong with the configuration, told so that it can be mended without reading code. */
export interface Problem {
  /** Where it stands: the environment, or the file as `DATADIP_CONFIG` names it. */
  readonly source: string;
  /** Counted from 1; absent where no line can be named. */
  readonly line?: number;
  /** The variable, or the way to the setting (`systems.crm.timeoutMs`). Empty where the file as a whole is meant. */
  readonly key: string;
  /** What was found there, as one would write it: text in quotes. Absent for secrets, for missing values, for lists and maps. */
  readonly value?: string;
  readonly message: string;
}

/** The source of every problem with a variable. */
export const ENVIRONMENT = 'environment';

/** `datadip.yaml:12 systems.crm.timeoutMs = "soon": must be …`: always one line, whatever the names in it hold. */
function problemLine(problem: Problem): string {
  const at = problem.line === undefined ? problem.source : `${problem.source}:${problem.line}`;
  const key = problem.key === '' ? '' : ` ${problem.key}`;
  const value = problem.value === undefined ? '' : ` = ${problem.value}`;
  return `${at}${key}${value}: ${problem.message}`.replace(/\p{Cc}+/gu, ' ');
}

/** The configuration cannot be used. Holds every problem found, environment and file together, and no secret. */
export class ConfigError extends DatadipError {
  readonly code = 'bad_configuration';
  readonly retryable = false;

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'));
  }

  /** One line per problem, ready to be shown to whoever starts the process. */
  override toString(): string {
    return this.message;
  }
}
