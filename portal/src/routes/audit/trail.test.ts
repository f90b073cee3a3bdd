import { expect, test } from 'vitest';

import { newClient } from '../../gql/client';
import { answer } from '../../testing/plane';
import { tenantAudit } from './source';
import { trail } from './trail';

/** A plane that has this many records, the newest first. */
function plane(records: number) {
  answer({
    Audit: ({ first, after }: { first: number; after: string | null }) => {
      const newest = after ? Number(after) - 1 : records;
      const oldest = Math.max(1, newest - first + 1);
      const nodes = [];
      for (let number = newest; number >= oldest; number -= 1) {
        nodes.push({ number, subject: 'dev' });
      }
      const pageInfo = { hasNextPage: oldest > 1, endCursor: String(oldest) };
      return { data: { audit: { nodes, pageInfo } } };
    },
  });
}

test('every record is in the file once, and its reader hears how far it is', async () => {
  plane(450);
  const told: number[] = [];
  const found = await trail(
    newClient(),
    tenantAudit,
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
  expect(await trail(newClient(), tenantAudit, {}, () => undefined, signal, 250)).toMatchObject({
    records: 250,
    isCut: true,
  });
  expect(await trail(newClient(), tenantAudit, {}, () => undefined, signal, 450)).toMatchObject({
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
  expect(await trail(newClient(), tenantAudit, {}, stop, controller.signal)).toBeUndefined();
});
