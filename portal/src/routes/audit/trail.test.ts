import { afterEach, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import { trail } from './trail';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A plane that has this many records, the newest first. */
function plane(records: number) {
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const { variables } = JSON.parse(request.body) as {
      variables: { first: number; after: string | null };
    };
    const newest = variables.after ? Number(variables.after) - 1 : records;
    const oldest = Math.max(1, newest - variables.first + 1);
    const nodes = [];
    for (let number = newest; number >= oldest; number -= 1) nodes.push({ number, subject: 'dev' });
    const pageInfo = { hasNextPage: oldest > 1, endCursor: String(oldest) };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ data: { audit: { nodes, pageInfo } } });
    return Promise.resolve(new Response(body, { status: 200, headers }));
  });
}

test('every record is in the file once, and its reader hears how far it is', async () => {
  plane(450);
  const told: number[] = [];
  const found = await trail(
    newClient(),
    {},
    (count) => told.push(count),
    new AbortController().signal,
  );
  expect(told).toEqual([200, 400, 450]);
  expect(found).toMatchObject({ records: 450, isCut: false });
  const numbers = (found?.text ?? '')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1]);
  expect(numbers).toEqual(Array.from({ length: 450 }, (_, index) => String(450 - index)));
});

test('a file that would be too long says that it is cut', async () => {
  plane(450);
  const signal = new AbortController().signal;
  expect(await trail(newClient(), {}, () => undefined, signal, 250)).toMatchObject({
    records: 250,
    isCut: true,
  });
  expect(await trail(newClient(), {}, () => undefined, signal, 450)).toMatchObject({
    records: 450,
    isCut: false,
  });
});

test('what was called off makes no file', async () => {
  plane(450);
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  expect(await trail(newClient(), {}, stop, controller.signal)).toBeUndefined();
});
