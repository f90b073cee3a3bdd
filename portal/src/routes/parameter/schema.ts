// Reads the JSON Schema of a package's parameters into what a form needs. What the schema does not
// say is left out; nothing is guessed.

import type { Text } from '../../ui/text';

/** `lines` is a text of many lines, `list` has rows of fields. */
export type Kind = 'boolean' | 'integer' | 'choice' | 'text' | 'lines' | 'list';

export interface Parameter {
  name: string;
  kind: Kind;
  title: Text;
  help: Text | undefined;
  unit: string | undefined;
  /** `hot`, `restart` or `immutable`. */
  apply: 'hot' | 'restart' | 'immutable';
  least: string | undefined;
  most: string | undefined;
  choices: string[];
  /** Of a row of a list. */
  fields: Parameter[];
  rowsMax: number | undefined;
  isBytes: boolean;
  isSecret: boolean;
  isRequired: boolean;
  default: unknown;
  /** The property's own schema, for the validator. */
  schema: Record<string, unknown>;
}

export interface Group {
  title: Text | undefined;
  parameters: Parameter[];
}

type Json = Record<string, unknown>;

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function asText(value: unknown): Text | undefined {
  if (typeof value === 'string') return { en: value, zh: value };
  const { en, zh } = object(value);
  if (typeof en !== 'string') return undefined;
  return { en, zh: typeof zh === 'string' ? zh : en };
}

function limit(...values: unknown[]): string | undefined {
  const found = values.find((value) => typeof value === 'string' || typeof value === 'number');
  return found === undefined ? undefined : String(found as string | number);
}

function kindOf(schema: Json): Kind {
  if (Array.isArray(schema.enum)) return 'choice';
  if (schema.type === 'boolean') return 'boolean';
  if (schema.type === 'array') return 'list';
  if (schema['x-format'] === 'certificate' || schema['x-format'] === 'private-key') return 'lines';
  return schema.type === 'integer' ? 'integer' : 'text';
}

function fieldsOf(schema: Json): Parameter[] {
  const items = object(schema.items);
  const required = strings(items.required);
  const fields = Object.entries(object(items.properties));
  return fields.map(([name, field]) => parameter(name, object(field), required));
}

function parameter(name: string, schema: Json, required: string[]): Parameter {
  const apply = schema['x-apply'];
  return {
    name,
    kind: kindOf(schema),
    title: asText(schema['x-title']) ?? { en: name, zh: name },
    help: asText(schema['x-help']),
    unit: limit(schema['x-unit']),
    apply: apply === 'hot' || apply === 'immutable' ? apply : 'restart',
    least: limit(schema.minimum, schema['x-minimum']),
    most: limit(schema.maximum, schema['x-maximum']),
    choices: strings(schema.enum),
    fields: fieldsOf(schema),
    rowsMax: typeof schema.maxItems === 'number' ? schema.maxItems : undefined,
    isBytes: schema['x-format'] === 'bytes',
    isSecret: schema['x-secret'] === true,
    isRequired: required.includes(name),
    default: schema.default,
    schema,
  };
}

/** The parameters in the groups and order of the package; those in no group come last. */
export function readSchema(value: unknown): Group[] {
  const schema = object(value);
  const required = strings(schema.required);
  const left = new Map(
    Object.entries(object(schema.properties)).map(([name, property]) => [
      name,
      parameter(name, object(property), required),
    ]),
  );
  const listed = Array.isArray(schema['x-groups']) ? schema['x-groups'] : [];
  const groups = listed.map((entry): Group => {
    const group = object(entry);
    const parameters = strings(group.parameters).flatMap((name) => {
      const found = left.get(name);
      left.delete(name);
      return found ? [found] : [];
    });
    return { title: asText(group.title), parameters };
  });
  return [...groups, { title: undefined, parameters: [...left.values()] }].filter(
    (group) => group.parameters.length > 0,
  );
}
