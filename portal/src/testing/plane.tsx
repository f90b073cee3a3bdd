// Shows a part of the portal as the frame does, to a viewer with some rights. The plane is not here:
// only its answers to what is asked are, and what was asked is kept. What the plane really answers is
// for the browser stories.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter, useLocation } from 'react-router';
import { Provider } from 'urql';
import { vi } from 'vitest';

import { newClient } from '../gql/client';
import type { Action } from '../gql/schema.generated';
import type { ViewerQuery } from '../gql/viewer.generated';
import { RightsProvider } from '../ui/Rights';

type Viewer = ViewerQuery['viewer'];
type Variables = Record<string, unknown> & { input?: Record<string, unknown> };

export interface Asked {
  operationName: string;
  variables: Variables;
}

/**
 * By the name of the question: the body of the answer or what makes it of the variables, a whole
 * response, or a list of such for one question after the other, of which the last stays.
 */
export type Answers = Record<string, unknown>;

function next(answers: Answers, { operationName, variables }: Asked): unknown {
  const known = answers[operationName];
  const given: unknown = Array.isArray(known)
    ? known.length > 1
      ? known.shift()
      : known[0]
    : known;
  return typeof given === 'function' ? (given as (of: Variables) => unknown)(variables) : given;
}

/** Answers what is asked from now on; returns what was. */
export function answer(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const question = JSON.parse(request.body) as Asked;
    asked.push(question);
    const given = next(answers, question);
    if (given instanceof Response) return Promise.resolve(given.clone());
    const headers = { 'content-type': 'application/json' };
    return Promise.resolve(new Response(JSON.stringify(given), { status: 200, headers }));
  });
  return asked;
}

/** The body of a refusal; `more` is what else the plane says of it. */
export function refusal(code: string, more: Record<string, unknown> = {}) {
  const error = { message: 'as the plane says it', path: ['x'], extensions: { code, ...more } };
  return { data: null, errors: [error] };
}

/** The body of a refusal of one field. */
export function invalid(field: string, message: string) {
  const extensions = { code: 'INVALID', field, problem: 'malformed' };
  return { data: null, errors: [{ message, path: ['x'], extensions }] };
}

/** One page of a list, the last unless there is a cursor behind it. */
export function page(nodes: readonly unknown[], endCursor: string | null = null) {
  return { nodes, pageInfo: { hasNextPage: endCursor !== null, endCursor } };
}

/** What was sent with all mutations of a name. */
export function sent(asked: readonly Asked[], operationName: string) {
  return asked
    .filter((one) => one.operationName === operationName)
    .map((one) => one.variables.input);
}

function viewerWith(can: Action[], more: Partial<Viewer> = {}): Viewer {
  return {
    id: 'sub_1',
    name: 'somebody',
    title: 'Somebody',
    sessionExpiresAt: '2026-11-30T00:00:00Z',
    impersonatedBy: null,
    canSomewhere: can,
    canInTenant: can,
    tenant: null,
    roles: [],
    ...more,
  };
}

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

export interface Scene {
  answers?: Answers;
  /** What the viewer may do, everywhere. */
  can?: Action[];
  viewer?: Partial<Viewer>;
  /** Where the page stands; the test reads its search by `address`. */
  address?: string;
}

/** Shows it; returns what it asks of the plane, also later. */
export function show(shown: ReactNode, { answers = {}, can = [], viewer, address = '/' }: Scene) {
  const asked = answer(answers);
  render(
    <Provider value={newClient()}>
      <RightsProvider viewer={viewerWith(can, viewer)}>
        <MemoryRouter initialEntries={[address]}>
          {shown}
          <Address />
        </MemoryRouter>
      </RightsProvider>
    </Provider>,
  );
  return asked;
}
