import { mayBeLogged } from './log-fields.js';

type Line = Readonly<Record<string, unknown>>;

/**
 * Returns the part of a line that may be written: the declared fields with a value of the declared
 * kind. Everything else is dropped, not masked.
 *
 * A line that has only declared fields is returned without a copy.
 */
export function loggable(line: Line): Line {
  for (const name in line) {
    if (!mayBeLogged(name, line[name])) return declaredPart(line);
  }
  return line;
}

function declaredPart(line: Line): Line {
  return Object.fromEntries(Object.entries(line).filter(([name, value]) => mayBeLogged(name, value)));
}
