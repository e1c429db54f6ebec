/** A step of a JSONPath. These are the steps that translation maps of real exports use. */
type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'item'; readonly at: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'unlike'; readonly name: string; readonly text: string }
  | { readonly kind: 'length' };

/** The value at a path. `found: false` means that the path has no value. A null is a value. */
export type Resolved = { readonly found: true; readonly value: unknown } | { readonly found: false };

const NOT_FOUND: Resolved = { found: false };

const STEPS: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [/^\.length\(\)/, () => ({ kind: 'length' })],
  [/^\.([A-Za-z_][A-Za-z0-9_]*)/, ([, name = '']) => ({ kind: 'member', name })],
  [/^\['([^']*)'\]/, ([, name = '']) => ({ kind: 'member', name })],
  [/^\[(\d+)\]/, ([, at = '']) => ({ kind: 'item', at: Number(at) })],
  [/^\[\*\]/, () => ({ kind: 'all' })],
  [/^\[\?\(@\.(\w+) != '([^']*)'\)\]/, ([, name = '', text = '']) => ({ kind: 'unlike', name, text })],
];

export function resolve(path: string, document: unknown): Resolved {
  const steps = stepsOf(path);
  let values = [document];
  let several = false;
  for (const step of steps) {
    several ||= step.kind === 'all' || step.kind === 'unlike';
    values = values.flatMap((value) => applyStep(step, value));
  }
  if (several) return { found: true, value: values };
  return values.length === 0 ? NOT_FOUND : { found: true, value: values[0] };
}

function stepsOf(path: string): Step[] {
  if (!path.startsWith('$')) throw new SyntaxError(`not a path: ${path}`);
  const steps: Step[] = [];
  for (let rest = path.slice(1); rest !== '';) {
    const [match, make] = STEPS.map(([pattern, step]) => [pattern.exec(rest), step] as const).find(([m]) => m) ?? [];
    if (match === null || match === undefined || make === undefined) throw new SyntaxError(`unsupported path: ${path}`);
    steps.push(make(match));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function applyStep(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'member':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'length':
      return Array.isArray(value) ? [value.length] : [];
    case 'item':
      return asList(value).slice(step.at, step.at + 1);
    case 'all':
      return asList(value);
    case 'unlike':
      return asList(value).filter((item) => !isObject(item) || item[step.name] !== step.text);
  }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
