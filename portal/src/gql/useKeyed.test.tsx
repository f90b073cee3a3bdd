import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test } from 'vitest';

import { refusal, sent, show } from '../testing/plane';
import { SetQuotaDocument } from './quota.generated';
import { useKeyed } from './useKeyed';

const lost = new Response('', { status: 502 });
const done = { data: { setQuota: { __typename: 'Quota', meter: 'MEMBERS', limit: '5' } } };

function Sender() {
  const [limit, setLimit] = useState('5');
  const [{ fetching }, send] = useKeyed(SetQuotaDocument);
  return (
    <>
      <input
        data-testid="limit"
        value={limit}
        onChange={(event) => {
          setLimit(event.target.value);
        }}
      />
      <button
        disabled={fetching}
        onClick={() => void send({ input: { at: 'org_1', meter: 'MEMBERS', limit } })}
      >
        Send
      </button>
    </>
  );
}

/** Sends once more; answers the keys so far. */
async function keysAfter(asked: ReturnType<typeof show>) {
  const before = sent(asked, 'SetQuota').length;
  await userEvent.click(screen.getByRole('button'));
  await waitFor(() => {
    expect(sent(asked, 'SetQuota')).toHaveLength(before + 1);
    expect(screen.getByRole<HTMLButtonElement>('button').disabled).toBe(false);
  });
  return sent(asked, 'SetQuota').map((input) => input?.idempotencyKey);
}

test('what is sent again after an answer that got lost has the same key, until it was done', async () => {
  const answers = { SetQuota: [lost, refusal('UNAVAILABLE'), done, done] };
  const asked = show(<Sender />, { answers });
  for (let times = 1; times <= 3; times++) {
    expect(new Set(await keysAfter(asked)).size).toBe(1);
  }
  expect(new Set(await keysAfter(asked)).size).toBe(2);
});

test('what was changed before it is sent again is another request', async () => {
  const asked = show(<Sender />, { answers: { SetQuota: [lost, done] } });
  await keysAfter(asked);
  await userEvent.clear(screen.getByTestId('limit'));
  await userEvent.type(screen.getByTestId('limit'), '6');
  expect(new Set(await keysAfter(asked)).size).toBe(2);
});
