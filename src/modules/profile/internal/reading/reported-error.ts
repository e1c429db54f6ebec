/** Errors that systems report with a status of success. Runs in worker threads too. */

type Members = Readonly<Record<string, unknown>>;

/** A member that is an error even though its answer has a status of success. */
const SEVERE: ReadonlySet<unknown> = new Set(['fatal', 'error']);

/**
 * Whether JSON reports an error: a member `errors` or `error` that says something,
 * `success: false`, or an OperationOutcome of FHIR.
 */
export function reportsError(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { errors, error, success } = value;
  return saysSomething(errors) || saysSomething(error) || isNonZero(error) || isFalse(success) || isOutcome(value);
}

/** Roots of documents that are an error, as AWS, SAP and DataPower send them. */
const ERROR_ROOT = /^(?:errors?|fault|exception)$/i;

/** Whether a document of XML reports an error: as JSON does, or as a fault of SOAP. */
export function reportsErrorInXml(document: unknown): boolean {
  const [[root, content] = ['', undefined]] = Object.entries(isObject(document) ? document : {});
  if (ERROR_ROOT.test(root)) return saysSomething(content);
  const body = root === 'Envelope' && isObject(content) ? content.Body : content;
  if (!isObject(body)) return false;
  const { Fault, error, errors, success } = body;
  return Fault !== undefined || saysMore(error) || saysMore(errors) || isFalse(success) || isOutcome(body);
}

/** In XML, every value is text. */
function saysMore(value: unknown): boolean {
  const isNone = typeof value === 'string' && /^\s*(?:0|false)\s*$/i.test(value);
  return !isNone && saysSomething(value);
}

/** Whether a value is an OperationOutcome of FHIR. */
export function isOutcome(value: unknown): boolean {
  return isObject(value) && value.resourceType === 'OperationOutcome';
}

/**
 * Whether a value is an OperationOutcome that only informs, such as "no results" among the entries
 * of an empty Bundle.
 */
export function isInformation(value: unknown): boolean {
  if (!isObject(value) || !isOutcome(value)) return false;
  const issues: readonly unknown[] = Array.isArray(value.issue) ? value.issue : [];
  return issues.every((issue) => isObject(issue) && !SEVERE.has(issue.severity));
}

/** Whether a Bundle of FHIR holds nothing but OperationOutcomes that only inform. */
export function isBundleOfInformation(body: unknown): boolean {
  if (!isObject(body) || body.resourceType !== 'Bundle' || !Array.isArray(body.entry)) return false;
  return body.entry.every((entry: unknown) => isObject(entry) && isInformation(entry.resource));
}

/** `errors: []`, `error: null`, `error: ""` and `error: {}` say that there is no error. */
function saysSomething(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value === true;
}

/** A number in `error` is a code. A number in `errors` may count what has nothing to do with it. */
function isNonZero(value: unknown): boolean {
  return typeof value === 'number' && value !== 0;
}

function isFalse(value: unknown): boolean {
  return value === false || (typeof value === 'string' && value.trim().toLowerCase() === 'false');
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
