import { readFileSync } from 'node:fs';
import { isScalar, parseDocument, YAMLMap, type CollectionTag, type ScalarTag } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

export interface Template {
  readonly Parameters: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Json }>>;
  readonly Outputs: Json;
}

const FUNCTIONS = { '!Ref': 'Ref', '!Sub': 'Fn::Sub', '!GetAtt': 'Fn::GetAtt' };
/** The short forms of CloudFormation, read into their long forms. */
const TAGS = Object.entries(FUNCTIONS).flatMap(([tag, name]): [ScalarTag, CollectionTag] => [
  { tag, resolve: (text) => ({ [name]: text }) },
  {
    tag,
    collection: 'seq',
    resolve: (list) => {
      const call = new YAMLMap();
      call.set(name, list);
      return call;
    },
  },
]);

/** @throws if the text is no YAML, or uses a function that this reader does not know */
export function parseTemplate(text: string): Template {
  const document = parseDocument(text, { customTags: TAGS });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined || isScalar(document.contents)) throw new Error(String(problem));
  return document.toJS() as Template;
}

export function readTemplate(path: string): Template {
  return parseTemplate(readFileSync(path, 'utf8'));
}

/** The names that `Ref`, `Fn::GetAtt` and `Fn::Sub` name anywhere in the value. */
export function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (key === 'Ref') return [String(member)];
    if (key === 'DependsOn') return [member].flat().map(String);
    if (key === 'Fn::GetAtt') return [String(member).split('.')[0] ?? ''];
    if (key === 'Fn::Sub') return namesInText(member);
    return namesIn(member);
  });
}

/** `${Name}`, `${Name.Attribute}`. With a list, the second item declares names. */
function namesInText(value: unknown): string[] {
  const [text, own = {}] = [value].flat() as [unknown, Json?];
  const names = [...String(text).matchAll(/\$\{([^}!.]+)[^}]*\}/g)].map(([, name = '']) => name);
  return [...names.filter((name) => !(name in own)), ...namesIn(own)];
}

/** The names that the template does not declare. */
export function unknownNames({ Parameters, Resources, Outputs }: Template): string[] {
  const declared = new Set([...Object.keys(Parameters), ...Object.keys(Resources)]);
  return namesIn([Resources, Outputs]).filter((name) => !declared.has(name) && !name.startsWith('AWS::'));
}
