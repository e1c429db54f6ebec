import { RawText, type Answer } from '../exchange.js';
import type { LoginSwitches } from './login-switches.js';

/** The body of a login page in place of the token endpoint. */
const NOT_JSON = new RawText('<!doctype html><title>Log in</title>');

/** The answer with a token, with the defect that the switches demand. */
export function tokenAnswer(fields: Readonly<Record<string, unknown>>, switches: LoginSwitches): Answer {
  const { lifeS, tokenType, broken } = switches;
  const body: Record<string, unknown> = {
    ...fields,
    ...(tokenType === null ? {} : { token_type: tokenType }),
    expires_in: lifeS,
  };
  switch (broken) {
    case null:
      return { status: 200, body };
    case 'notJson':
      return { status: 200, body: NOT_JSON, headers: { 'content-type': 'text/html' } };
    case 'noExpiresIn':
      return { status: 200, body: { ...body, expires_in: undefined } };
    case 'negativeExpiresIn':
      return { status: 200, body: { ...body, expires_in: -lifeS } };
    case 'textExpiresIn':
      return { status: 200, body: { ...body, expires_in: 'soon' } };
    case 'noAccessToken':
      return { status: 200, body: { ...body, access_token: undefined } };
  }
}
