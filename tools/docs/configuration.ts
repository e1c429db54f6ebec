import { join } from 'node:path';
import ts from 'typescript';
import type { z } from 'zod';
import { code, table } from './blocks.ts';
import { ROOT } from './source-files.ts';

/** The part of a zod definition that this file walks. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
}

interface Key {
  readonly path: readonly string[];
  /** The words of the schema for what is allowed. */
  readonly allowed: string;
  readonly fallback: string;
}

/**
 * Lists the keys of the file. The schema gives the allowed values, and the comments of `Config`
 * give the meaning.
 */
export function configurationTable(fileSchema: z.ZodType): string {
  const meanings = new ConfigComments();
  return table(
    ['key', 'allowed', 'default', 'meaning'],
    keysOf(fileSchema, [], 'required').map(({ path, allowed, fallback }) => [
      code(path.join('.').replaceAll('.[]', '[]')),
      allowed,
      fallback,
      meanings.of(path),
    ]),
  );
}

function definitionOf(schema: z.ZodType): Definition {
  return schema.def;
}

function keysOf(schema: z.ZodType, path: readonly string[], fallback: string): Key[] {
  const { shape, options } = definitionOf(schema);
  const kinds = kindsOf(schema);
  if (kinds !== undefined) return kinds.flatMap(([kind, part]) => keysOf(part, ofKind(path, kind), fallback));
  if (shape !== undefined) {
    return Object.entries(shape).flatMap(([name, part]) => keysOf(part, [...path, name], 'required'));
  }
  if (options !== undefined) return variantKeys(options, path, fallback);
  return wrappedKeys(schema, path, fallback) ?? heldKeys(schema, path, fallback);
}

/** The kinds of one block of the file, each with its schema: see `eitherKind`. */
function kindsOf(schema: z.ZodType): readonly (readonly [string, z.ZodType])[] | undefined {
  const kinds = schema.meta()?.kinds;
  return kinds === undefined ? undefined : Object.entries(kinds as Record<string, z.ZodType>);
}

/** The path of a kind names the kind at the list or the map, except for the usual kind. */
function ofKind(path: readonly string[], kind: string): readonly string[] {
  if (kind === 'usual') return path;
  const at = path.at(-1) === '[]' ? path.length - 2 : path.length - 1;
  return path.map((step, position) => (position === at ? `${step}(${kind})` : step));
}

/** The keys of a schema that only wraps another one. `undefined` means that it wraps none. */
function wrappedKeys(schema: z.ZodType, path: readonly string[], fallback: string): Key[] | undefined {
  const { type, innerType, defaultValue, in: input, out } = definitionOf(schema);
  if (type === 'optional' && innerType !== undefined) {
    return keysOf(innerType, path, fallback === 'required' ? 'none' : fallback);
  }
  if (innerType !== undefined) {
    return keysOf(innerType, path, defaultValue === undefined ? fallback : code(shown(defaultValue)));
  }
  if (type !== 'pipe' || input === undefined || out === undefined) return undefined;
  return keysOf(definitionOf(input).type === 'transform' ? out : input, path, fallback);
}

/** The keys inside a map or a list, or the one key of a plain value. */
function heldKeys(schema: z.ZodType, path: readonly string[], fallback: string): Key[] {
  const { valueType, element } = definitionOf(schema);
  if (valueType !== undefined && hasKeys(valueType)) return keysOf(valueType, [...path, '<name>'], 'required');
  const key: Key = { path, allowed: allowedBy(schema), fallback };
  if (element === undefined || !hasKeys(element)) return [key];
  return [{ ...key, path: [...path, '[]'] }, ...keysOf(element, [...path, '[]'], 'required')];
}

/**
 * The keys of a union that `type` decides: first the type, then the keys of each variant. The path
 * of a variant names its type.
 */
function variantKeys(options: readonly z.ZodType[], path: readonly string[], fallback: string): Key[] {
  const types = options.map((option) => typeOf(option));
  const defaults = options.map((option) => definitionOf(definitionOf(option).shape?.type ?? option).defaultValue);
  const usual = defaults.find((value) => value !== undefined);
  const own = usual === undefined ? fallback : code(shown(usual));
  const choice: Key = { path: [...path, 'type'], allowed: types.map(code).join(', '), fallback: own };
  const keys = options.flatMap((option, at) => {
    const variant = [...path.slice(0, -1), `${path.at(-1) ?? ''}(${types[at] ?? ''})`];
    return keysOf(option, variant, 'required').filter((key) => key.path.at(-1) !== 'type');
  });
  return [choice, ...keys];
}

function typeOf(option: z.ZodType): string {
  const { shape } = definitionOf(option);
  if (shape?.type === undefined) return '';
  const type = definitionOf(shape.type);
  return String((type.innerType === undefined ? type : definitionOf(type.innerType)).values?.[0]);
}

function hasKeys(schema: z.ZodType): boolean {
  const { type, innerType, shape, options, in: input, out } = definitionOf(schema);
  if (shape !== undefined || options !== undefined || kindsOf(schema) !== undefined) return true;
  if (innerType !== undefined) return hasKeys(innerType);
  return type === 'pipe' && input !== undefined && out !== undefined && (hasKeys(input) || hasKeys(out));
}

/** The schema describes what it allows when it refuses a value that fits nowhere. */
function allowedBy(schema: z.ZodType): string {
  const result = schema.safeParse(null);
  const message = result.success ? 'any value' : (result.error.issues[0]?.message ?? '');
  return message.replace(/^must be (an? )?/, '').replace(/; allowed: /, ', ');
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

/** The path of a key in `Config`, where composed lookups stand in another map. */
function inConfig(path: readonly string[]): readonly string[] {
  if (path[0] !== 'lookups' || path[1] !== '<name>(composed)') return path;
  return ['composedLookups', '<name>', ...path.slice(2).map((step) => (step === 'compose' ? 'parts' : step))];
}

/** The comments of the interface `Config`, found by the path of a key. */
class ConfigComments {
  private readonly checker: ts.TypeChecker;
  private readonly config: ts.Type;

  constructor() {
    const file = join(ROOT, 'src/config/config.ts');
    const options: ts.CompilerOptions = {
      strict: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2024,
      types: [],
      noEmit: true,
    };
    const program = ts.createProgram([file], options);
    this.checker = program.getTypeChecker();
    const source = program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    const symbol = module && this.checker.getExportsOfModule(module).find(({ name }) => name === 'Config');
    if (symbol === undefined) throw new Error('src/config/config.ts exports no Config');
    this.config = this.checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** The comment of the last key of the path; empty if there is none. */
  of(path: readonly string[]): string {
    let types: readonly ts.Type[] = [this.config];
    let comment = '';
    for (const step of inConfig(path)) {
      const name = step.replace(/\(.*\)$/, '');
      if (name === '<name>' || name === '[]') {
        types = types.flatMap((type) => this.heldBy(type));
        continue;
      }
      const properties = types.flatMap((type) => type.getProperty(name) ?? []);
      comment = ts.displayPartsToString(properties[0]?.getDocumentationComment(this.checker) ?? []);
      const members = properties.flatMap((property) => this.membersOf(this.checker.getTypeOfSymbol(property)));
      types = this.variantsOf(members, /\((.*)\)$/.exec(step)?.[1]);
    }
    return comment.replace(/\s+/g, ' ');
  }

  /** The members of a union whose key `type` has this value. All members if no value is given. */
  private variantsOf(members: readonly ts.Type[], variant: string | undefined): readonly ts.Type[] {
    if (variant === undefined) return members;
    return members.filter((member) => {
      const type = member.getProperty('type');
      return type !== undefined && this.checker.typeToString(this.checker.getTypeOfSymbol(type)) === `"${variant}"`;
    });
  }

  /** The value of a map, or the item of a list. */
  private heldBy(type: ts.Type): readonly ts.Type[] {
    const held = this.checker.getTypeArguments(type as ts.TypeReference).at(-1);
    return held === undefined ? [] : this.membersOf(held);
  }

  private membersOf(type: ts.Type): readonly ts.Type[] {
    const present = this.checker.getNonNullableType(type);
    return present.isUnion() ? present.types : [present];
  }
}
