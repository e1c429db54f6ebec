import type { FinishedTrial } from '../modules/profile/lookup-trials.js';

type Trial = FinishedTrial['trial'];
type PartTrial = Trial['parts'][number];
type CallTrial = PartTrial['calls'][number];
type FieldTrial = PartTrial['fields'][number];
type MissingName = FieldTrial['missing'][number];

/** The trial as a page for a terminal. */
export function trialPage({ lookup, tenant, parts, fields = [] }: Trial): string {
  const isComposed = parts.length > 1 || fields.length > 0;
  const whole = isComposed ? [`${lookup}: composed of ${parts.map((part) => part.lookup).join(', ')}`, ''] : [];
  const composed = fields.map(({ name, from, value }) => `  ${name}: ${from}${shownValue(value, '')}`);
  const end = composed.length === 0 ? [] : [`fields of ${lookup}`, ...composed, ''];
  return [...whole, ...parts.flatMap((part) => partLines(part, tenant)), ...end].join('\n');
}

function partLines(part: PartTrial, tenant: string): string[] {
  const { lookup, result, usedInput, inputs, error, cause, message, customerId, customerIdFrom } = part;
  const used = usedInput === '' ? `no usable input; inputs: ${inputs.join(', ')}` : `input ${usedInput}`;
  return [
    `${lookup}: ${result} (tenant ${tenant}, ${used})`,
    ...(error === '' ? [] : [`  ${error}, cause ${cause}: ${message}`]),
    ...part.unsetInputs.map(({ input, from, reason }) => `  input ${input} is not given: ${from} ${UNSET[reason]}`),
    ...part.calls.flatMap(callLines),
    ...(customerId === 'missing'
      ? [
          `  the record has no customer id (${customerIdFrom}), so the answer would not be stored${missingText(part.customerIdMissing)}`,
        ]
      : []),
    '  fields',
    ...part.fields.map(fieldLine),
    '',
  ];
}

const UNSET: Readonly<Record<PartTrial['unsetInputs'][number]['reason'], string>> = {
  default: 'has its default, and a default names no customer',
  empty: 'is empty',
  no_answer: 'has no answer',
};

function callLines({ system, request, status, contentType, steps, decision, record, shape }: CallTrial): string[] {
  const { method, url, headers, body, parameters } = request;
  const width = Math.max(0, ...shape.map(({ name }) => name.length));
  const expression = record.expression === '' ? 'the whole answer' : record.expression;
  return [
    `  call of ${system}`,
    `    ${method} ${url === '' ? body : url}`,
    ...(method === 'SQL' ? [`    ${parameters} parameters`] : headers.map((header) => `    ${header}`)),
    ...(url === '' || body === '' ? [] : [`    ${body}`]),
    ...(status === 0 ? [] : [`    status ${status} ${contentType}`]),
    `    credentials and limits ${steps.admissionMs} ms, answer ${steps.answerMs} ms, reading ${steps.readingMs} ms`,
    ...decision.rules.map(
      ({ rule, expression: text, result, missing }) => `    ${rule} ${text}: ${result}${missingText(missing)}`,
    ),
    ...(status === 0 ? [] : [`    decided by ${decision.by}`]),
    `    record ${expression}: ${record.found}, matches: ${record.matches}${missingText(record.missing)}`,
    ...shape.map(({ name, type, value }) => `      ${name.padEnd(width)}  ${type}${shownValue(value, '')}`),
  ];
}

function fieldLine({ name, from, found, isDefault, reason, value, missing }: FieldTrial): string {
  const named = `    ${name} (${from.replaceAll(/\s+/g, ' ')})`;
  if (!isDefault)
    return `${named}: ${found}${shownValue(value, ', value hidden without --values')}${missingText(missing)}`;
  const yielded = found === '' || found === 'nothing' || found === reason ? '' : `, found ${found}`;
  return `${named}: default ${JSON.stringify(value)}, ${reason}${yielded}${missingText(missing)}`;
}

function shownValue(value: FieldTrial['value'], otherwise: string): string {
  return value === undefined ? otherwise : ` ${JSON.stringify(value)}`;
}

function missingText(missing: readonly MissingName[]): string {
  return missing
    .map(({ name, at, near }) => {
      const similar = near.length === 0 ? '' : `, did you mean ${near.join(' or ')}`;
      return `; ${at === '$' ? 'the input' : at} has no ${name}${similar}`;
    })
    .join('');
}
