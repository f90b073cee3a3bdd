// Between what stands in a field (text) and a parameter's value (JSON), and what is wrong with it.
// The plane judges again; this is only so that a slip is seen while typing.

import { Validator, type Schema } from '@cfworker/json-schema';

import type { Parameter } from './schema';

/** Text by parameter; absent means the default. */
export type Draft = Record<string, string>;

export interface Slip {
  key:
    | 'required'
    | 'type'
    | 'integer'
    | 'least'
    | 'most'
    | 'pattern'
    | 'choice'
    | 'length'
    | 'bytes'
    | 'other';
  values: { least: string; most: string; choices: string };
}

/** A value as it stands in a field. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A row of a list, as it stands in its fields. */
export type Row = Record<string, string>;

/** The rows that stand in the field of a list, which is JSON. */
export function rowsOf(text: string): Row[] {
  const parsed: unknown = text === '' ? [] : JSON.parse(text);
  const rows = Array.isArray(parsed) ? (parsed as Record<string, unknown>[]) : [];
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])),
  );
}

/** Fields that were left empty have their default, like fields of the form. */
function rowValue(parameter: Parameter, row: Row): Record<string, unknown> {
  const filled = parameter.fields.filter(({ name }) => (row[name] ?? '') !== '');
  return Object.fromEntries(
    filled.map((field) => [field.name, valueOf(field, row[field.name] ?? '')]),
  );
}

/** The value that a field's text stands for. */
export function valueOf(parameter: Parameter, text: string): unknown {
  if (parameter.kind === 'list') return rowsOf(text).map((row) => rowValue(parameter, row));
  if (parameter.kind === 'boolean') return text === 'true';
  if (parameter.kind !== 'integer') return text;
  const trimmed = text.trim();
  if (!/^-?\d+$/.test(trimmed)) return trimmed;
  const number = Number(trimmed);
  // Beyond 2^53 the text stays text, and the validator says that it is no number.
  return Number.isSafeInteger(number) ? number : trimmed;
}

const UNITS: Record<string, bigint> = { kb: 1n << 10n, mb: 1n << 20n, gb: 1n << 30n };

/** The bytes that a text like `64mb` means. */
export function bytesOf(text: string): bigint | undefined {
  const [, digits, unit] = /^(\d+)(kb|mb|gb)$/.exec(text) ?? [];
  const factor = unit && UNITS[unit];
  return digits && factor ? BigInt(digits) * factor : undefined;
}

function bytesSlip(parameter: Parameter, text: string): Slip['key'] | undefined {
  const bytes = bytesOf(text);
  if (bytes === undefined) return 'bytes';
  const least = bytesOf(parameter.least ?? '');
  const most = bytesOf(parameter.most ?? '');
  if (least !== undefined && bytes < least) return 'least';
  return most !== undefined && bytes > most ? 'most' : undefined;
}

const byKeyword: Record<string, Slip['key']> = {
  minimum: 'least',
  maximum: 'most',
  pattern: 'pattern',
  enum: 'choice',
  maxLength: 'length',
};

function schemaSlip(parameter: Parameter, text: string): Slip['key'] | undefined {
  const validator = new Validator(parameter.schema as Schema, '2020-12', false);
  const { valid, errors } = validator.validate(valueOf(parameter, text));
  if (valid) return undefined;
  const keywords = errors.map((error) => error.keyword);
  if (keywords.includes('type')) return parameter.kind === 'integer' ? 'integer' : 'type';
  return keywords.map((keyword) => byKeyword[keyword]).find(Boolean) ?? 'other';
}

/** What is wrong in the rows of a list, by path, e.g. `upstreams[1].port`. */
export function rowSlips(parameter: Parameter, text: string | undefined): [string, Slip][] {
  if (parameter.kind !== 'list') return [];
  return rowsOf(text ?? '').flatMap((row, index) =>
    parameter.fields.flatMap((field): [string, Slip][] => {
      const cell = row[field.name] ?? '';
      const wrong = slip(field, cell === '' ? undefined : cell);
      return wrong ? [[`${parameter.name}[${String(index)}].${field.name}`, wrong]] : [];
    }),
  );
}

/** What is wrong with a field's text, if anything. Of certificates and lists the plane alone says. */
export function slip(parameter: Parameter, text: string | undefined): Slip | undefined {
  const isJudged = parameter.kind !== 'lines' && parameter.kind !== 'list';
  if (text !== undefined && !isJudged) return undefined;
  let key: Slip['key'] | undefined;
  if (text === undefined) key = parameter.isRequired ? 'required' : undefined;
  else key = parameter.isBytes ? bytesSlip(parameter, text) : schemaSlip(parameter, text);
  const length = limitText(parameter.schema.maxLength);
  return (
    key && {
      key,
      values: {
        least: parameter.least ?? '',
        most: key === 'length' ? length : (parameter.most ?? ''),
        choices: parameter.choices.join(', '),
      },
    }
  );
}

function limitText(value: unknown): string {
  return typeof value === 'number' ? String(value) : '';
}

/** Whether an empty text is a value of its own, other than the default. */
export function canBeEmpty(parameter: Parameter): boolean {
  if (parameter.kind !== 'text' || parameter.isBytes || parameter.default === '') return false;
  return schemaSlip(parameter, '') === undefined;
}
