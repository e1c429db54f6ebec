import { OriginFailure, type OriginFailureDetails, type OriginFault } from '../../kernel/errors.js';
import { faultOfCode, NEVER_ARRIVED } from '../network-faults.js';
import { ConnectionEnded, RepeatedColumn, TooLargeAnswer } from './sql-database.js';

/** The meaning of a code that a database reports. */
export interface CodeMeaning {
  readonly fault: OriginFault;
  readonly details?: OriginFailureDetails;
}

/** The statement is wrong for this database. The database works. */
export const QUERY_REFUSED: CodeMeaning = { fault: 'query_refused', details: { alive: true } };
/** A value does not fit the column that it is compared with. The database works. */
export const VALUE_REFUSED: CodeMeaning = { fault: 'value_refused', details: { alive: true } };
export const LOGIN_REFUSED: CodeMeaning = { fault: 'credentials_refused', details: { credentialsRefused: true } };
export const TOO_MANY_CONNECTIONS: CodeMeaning = { fault: 'too_many_connections', details: { refused: true } };
export const STARTING: CodeMeaning = { fault: 'connection_refused', details: { neverArrived: true } };
export const TIMED_OUT_THERE: CodeMeaning = { fault: 'timeout' };
export const OTHER: CodeMeaning = { fault: 'database_error' };

/** The failure of a code that the database reported. The code is for the log. */
export function reportedFailure(code: string, { fault, details = {} }: CodeMeaning): OriginFailure {
  const reason = fault === 'timeout' ? 'origin_timeout' : 'origin_error';
  return new OriginFailure(reason, `the database reported ${code}`, { ...details, fault, errorCode: code });
}

/** The failure of an error that is not a report of the database. */
export function localFailure(error: unknown): OriginFailure {
  if (error instanceof OriginFailure) return error;
  if (error instanceof TooLargeAnswer) return unusable('too_large');
  if (error instanceof RepeatedColumn) return unusable('repeated_column');
  const code = codeOf(error);
  const fault = error instanceof ConnectionEnded ? 'connection_lost' : faultOfCode(code);
  return new OriginFailure('origin_error', 'the call of the database failed', {
    fault,
    neverArrived: NEVER_ARRIVED.has(code),
    errorCode: /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined,
  });
}

export function unusable(fault: OriginFault): OriginFailure {
  const message = `the answer of the database cannot be used: ${fault}`;
  return new OriginFailure('origin_error', message, { fault, alive: true });
}

export function timedOut(): OriginFailure {
  return new OriginFailure('origin_timeout', 'the database did not answer in time', { fault: 'timeout' });
}

export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
