import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import type { Action } from '../../gql/schema.generated';
import { startLanguage } from '../../language/language';
import { refusal, sent, show, type Answers } from '../../testing/plane';
import StructurePage from './StructurePage';

beforeAll(startLanguage);

const tenant = { id: 'ten_1', title: 'Acme', zone: 'UTC', currency: 'CNY' };
const steps = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `make the group crew-${String(from + index)}`);
const previewed = (told: string[], token = 'token') => ({
  data: { previewStructure: { __typename: 'StructurePreview', token, steps: told } },
});
const imported = (told: string[], more: Record<string, unknown> = {}) => ({
  data: {
    importStructure: {
      __typename: 'StructureImport',
      steps: told,
      done: told.length,
      refusal: null,
      left: 0,
      ...more,
    },
  },
});

const open = (answers: Answers, can: Action[] = ['VIEW', 'MANAGE_ACCESS']) =>
  show(<StructurePage />, { answers, can, viewer: { tenant } });

async function look() {
  fireEvent.change(screen.getByTestId('structure-document'), { target: { value: 'cellplane: 1' } });
  await userEvent.click(screen.getByTestId('preview-structure'));
}

test('who does not manage the access of the tenant is told so and offered nothing', () => {
  open({}, ['VIEW']);
  expect(screen.getByTestId('empty')).toBeTruthy();
  expect(screen.queryByTestId('export-structure')).toBeNull();
});

test('a long import is done part after part, each with a preview and a key of its own', async () => {
  const asked = open({
    PreviewStructure: [previewed(steps(130), 'first'), previewed(steps(30, 100), 'second')],
    ImportStructure: [imported(steps(100), { left: 30 }), imported(steps(30, 100))],
  });
  await look();
  await userEvent.click(await screen.findByTestId('import-structure'));
  await screen.findByTestId('structure-done');
  const parts = sent(asked, 'ImportStructure');
  expect(parts.map((part) => part?.previewToken)).toEqual(['first', 'second']);
  expect(new Set(parts.map((part) => part?.idempotencyKey)).size).toBe(2);
});

test('what is refused is told with its step, and what was done before it', async () => {
  const code = { __typename: 'Refusal', code: 'LIMIT_REACHED', message: 'full', approval: null };
  open({
    PreviewStructure: previewed(steps(3)),
    ImportStructure: imported(steps(3), { done: 1, refusal: code }),
  });
  await look();
  await userEvent.click(await screen.findByTestId('import-structure'));
  const stopped = await screen.findByTestId('structure-stopped');
  expect(stopped.textContent).toContain('make the group crew-1');
  expect(screen.getByTestId('problem').dataset.code).toBe('LIMIT_REACHED');
  expect(screen.queryByTestId('structure-done')).toBeNull();
  await userEvent.click(screen.getByTestId('structure-back'));
  expect(screen.getByTestId<HTMLTextAreaElement>('structure-document').value).toBe('cellplane: 1');
});

test('an answer that got lost is asked for again with the same key', async () => {
  const asked = open({
    PreviewStructure: previewed(steps(2)),
    ImportStructure: [refusal('UNAVAILABLE'), imported(steps(2))],
  });
  await look();
  await userEvent.click(await screen.findByTestId('import-structure'));
  await screen.findByTestId('problem');
  await userEvent.click(screen.getByTestId('import-structure'));
  await screen.findByTestId('structure-done');
  const keys = sent(asked, 'ImportStructure').map((part) => part?.idempotencyKey);
  expect(keys[0]).toBe(keys[1]);
});

test('all that is wrong with a document is told', async () => {
  const unfit = (message: string) => ({ field: 'structure.document', problem: 'unfit', message });
  open({
    PreviewStructure: refusal('INVALID', { problems: [unfit('no role'), unfit('no group')] }),
  });
  await look();
  const told = await screen.findByTestId('unfit');
  expect(told.textContent).toBe('no roleno group');
  // The document is still there to be mended.
  expect(screen.getByTestId('structure-document').closest('[hidden]')).toBeNull();
});
