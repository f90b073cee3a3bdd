// What went wrong, in the form that pages show it: the stable code decides the headline, the
// plane's sentence stands below it, and problems of fields go to their fields.

import type { CombinedError } from 'urql';

const known = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'INVALID',
  'CONFLICT',
  'CYCLE',
  'PROTECTED',
  'OUTDATED',
  'LIMIT_REACHED',
  'APPROVAL_NEEDED',
  'IDEMPOTENCY_MISMATCH',
  'TOO_MANY',
  'UNAVAILABLE',
  'BAD_QUERY',
  'INTERNAL',
] as const;

export type ProblemCode = (typeof known)[number];

export interface FieldProblem {
  /** Path of the input, e.g. `name` or `parameters.maxmemory`. */
  field: string;
  problem: string;
  message: string;
}

export interface QuotaReached {
  /** As in the API, e.g. `MEMBERS`. */
  meter: string;
  /** What the plane calls where it is set: `organization rnd`. */
  place: string;
  limit: string;
  used: string;
  added: string;
}

export interface BudgetReached {
  /** What the plane calls where it is set: `organization rnd`. */
  place: string;
  currency: string;
  amount: string;
  committed: string;
  added: string;
}

export interface Problem {
  code: ProblemCode;
  /** The plane's own sentence, in English; empty if it could not be reached. */
  message: string;
  fields: FieldProblem[];
  requestId?: string | undefined;
  retryAfter?: string | undefined;
  /** The quota that is reached. */
  quota?: QuotaReached | undefined;
  /** The budget that is reached. */
  budget?: BudgetReached | undefined;
  /** What waits, if it takes an approval. */
  approval?: string | undefined;
}

type Extensions = Record<string, unknown>;

export function problemCode(code: unknown): ProblemCode {
  return known.find((word) => word === code) ?? 'INTERNAL';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function fieldsOf(extensions: Extensions, message: string): FieldProblem[] {
  const { field, problem, problems } = extensions;
  if (Array.isArray(problems) && problems.length > 0) {
    return (problems as Extensions[]).map((one) => ({
      field: text(one.field) ?? '',
      problem: text(one.problem) ?? '',
      message: text(one.message) ?? text(one.problem) ?? message,
    }));
  }
  const only = text(field);
  return only === undefined ? [] : [{ field: only, problem: text(problem) ?? '', message }];
}

function quotaOf({ at, meter, limit, used, added }: Extensions): QuotaReached | undefined {
  const told = { meter: text(meter), limit: text(limit), used: text(used), added: text(added) };
  // `members at organization rnd`; limits that are no quotas have no meter.
  const [, place] = / at (.+)$/.exec(text(at) ?? '') ?? [];
  if (!told.meter || !told.limit || !told.used || !told.added || !place) return undefined;
  return { meter: told.meter, limit: told.limit, used: told.used, added: told.added, place };
}

function budgetOf({ at, ...told }: Extensions): BudgetReached | undefined {
  const [, place] = /^budget of (.+)$/.exec(text(at) ?? '') ?? [];
  const [currency, amount] = [text(told.currency), text(told.amount)];
  const [committed, added] = [text(told.committed), text(told.added)];
  if (!place || !currency || !amount || !committed || !added) return undefined;
  return { place, currency, amount, committed, added };
}

export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors;
  if (first) {
    const extensions: Extensions = first.extensions;
    return {
      code: problemCode(extensions.code),
      message: first.message,
      fields: fieldsOf(extensions, first.message),
      requestId: text(extensions.requestId),
      retryAfter: text(extensions.retryAfter),
      quota: quotaOf(extensions),
      budget: budgetOf(extensions),
      approval: text(extensions.approval),
    };
  }
  const status = (error.response as Response | undefined)?.status;
  const code: Record<number, ProblemCode> = {
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    429: 'TOO_MANY',
  };
  return { code: (status && code[status]) || 'UNAVAILABLE', message: '', fields: [] };
}
