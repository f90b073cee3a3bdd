import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeAll, expect, test } from 'vitest';

import type { Action } from '../../gql/schema.generated';
import { startLanguage } from '../../language/language';
import { page, sent, show, type Answers } from '../../testing/plane';
import InstanceList from './InstanceList';
import InstancePage from './InstancePage';

beforeAll(startLanguage);

const ALL: Action[] = ['VIEW', 'ORDER', 'CHANGE', 'OPERATE', 'DELETE', 'REVEAL'];
/** Everything on an instance's page that does something to it. */
const CONTROLS = [
  'stop',
  'start',
  'delete',
  'reveal',
  'edit-configuration',
  'take-template',
  'restore-1',
];
const TABS = ['', '/configuration', '/history'];

const text = (en: string) => ({ __typename: 'Text', en, zh: en });
const instance = (viewerCan: Action[], more: Record<string, unknown> = {}) => ({
  __typename: 'Instance',
  id: 'ins_1',
  name: 'cache',
  package: 'redis',
  packageVersion: '1.0.0',
  softwareVersion: '7.0',
  installedVersion: null,
  topology: 'standalone',
  wish: 'RUNNING',
  state: 'RUNNING',
  unknownSince: null,
  cell: 'north',
  generation: 2,
  createdAt: '2026-11-01T00:00:00.000000Z',
  createdBy: 'dev',
  deletedAt: null,
  viewerCan,
  offering: null,
  project: { __typename: 'Project', id: 'prj_1', title: 'Web', organization: null },
  plan: {
    __typename: 'Plan',
    id: 'pln_1',
    title: text('Small'),
    size: { __typename: 'Size', millivcpu: 100, memoryMib: 128, storageMib: 256 },
  },
  members: [],
  connection: {
    __typename: 'Connection',
    endpoints: [{ __typename: 'Endpoint', role: 'primary', host: '10.0.0.7', port: 6379 }],
    examples: [],
    secrets: ['password'],
  },
  operations: page([]),
  ...more,
});
const configuration = (number: number) => ({
  __typename: 'Configuration',
  number,
  parameters: {},
  createdAt: '2026-11-01T00:00:00.000000Z',
  createdBy: 'dev',
  reason: null,
  restoredFrom: null,
  operation: null,
  values: [],
  changes: [],
});
const template = {
  __typename: 'Template',
  name: 'large',
  title: text('Large'),
  summary: text('For much'),
};

function answersOf(viewerCan: Action[], more: Record<string, unknown>): Answers {
  const found = instance(viewerCan, more);
  const { id, wish } = found;
  const known = { __typename: 'Instance', id, wish, viewerCan };
  const parts = {
    ...known,
    parameterSchema: { type: 'object', properties: {} },
    templates: [template],
    configuration: configuration(2),
    configurations: page([configuration(2), configuration(1)]),
  };
  return {
    Instance: { data: { instance: found } },
    InstanceConfiguration: { data: { instance: parts } },
    InstanceHistory: { data: { instance: parts } },
  };
}

/** What on one tab of the page can be done. */
async function offered(tab: string, viewerCan: Action[], more: Record<string, unknown> = {}) {
  show(
    <Routes>
      <Route path="/instances/:id/:tab?" element={<InstancePage />} />
    </Routes>,
    { answers: answersOf(viewerCan, more), address: `/instances/ins_1${tab}` },
  );
  const shown = { '': 'connect', '/configuration': 'configuration-number', '/history': 'history' };
  await screen.findByTestId(shown[tab as keyof typeof shown]);
  return CONTROLS.filter((control) => screen.queryByTestId(control));
}

test.each(TABS)('who may only see an instance is offered nothing to do to it%s', async (tab) => {
  expect(await offered(tab, ['VIEW'])).toEqual([]);
});

test.each<[string, Action, string[]]>([
  ['', 'OPERATE', ['stop']],
  ['', 'DELETE', ['delete']],
  ['', 'REVEAL', ['reveal']],
  ['', 'CHANGE', []],
  ['/configuration', 'CHANGE', ['edit-configuration', 'take-template']],
  ['/history', 'CHANGE', ['restore-1']],
])(
  'on the tab "%s" the right to %s brings its own controls alone',
  async (tab, right, controls) => {
    expect(await offered(tab, ['VIEW', right])).toEqual(controls);
  },
);

test('what is stopped or was given up is started only by who may operate it', async () => {
  const stopped = { wish: 'STOPPED', state: 'STOPPED' };
  expect(await offered('', ['VIEW', 'CHANGE', 'DELETE'], stopped)).toEqual(['delete']);
});

test('who may operate it starts what is stopped, and does not stop it twice', async () => {
  const stopped = { wish: 'STOPPED', state: 'STOPPED' };
  expect(await offered('', ['VIEW', 'OPERATE'], stopped)).toEqual(['start']);
});

test('what is being deleted takes no other wish, whatever somebody may', async () => {
  const going = { wish: 'DELETED', state: 'DELETING' };
  const controls = await offered('', ALL, going);
  expect(controls).not.toContain('stop');
  expect(controls).not.toContain('start');
  expect(controls).not.toContain('delete');
});

test('a password is shown only after a question, and is asked of the plane only then', async () => {
  const revealed = { __typename: 'RevealedSecret', examples: [] };
  const secrets = [{ __typename: 'Secret', name: 'password', value: 's3cret' }];
  const asked = show(
    <Routes>
      <Route path="/instances/:id/:tab?" element={<InstancePage />} />
    </Routes>,
    {
      answers: {
        ...answersOf(['VIEW', 'REVEAL'], {}),
        RevealSecret: { data: { revealSecret: { ...revealed, secrets } } },
      },
      address: '/instances/ins_1',
    },
  );
  await userEvent.click(await screen.findByTestId('reveal'));
  expect(sent(asked, 'RevealSecret')).toEqual([]);
  await userEvent.click(screen.getByTestId('confirm-reveal'));
  expect((await screen.findByTestId('secret-password')).textContent).toContain('s3cret');
  await userEvent.click(screen.getByTestId('hide-secret'));
  expect(screen.queryByText('s3cret')).toBeNull();
});

test.each<[Action[], string[]]>([
  [['VIEW'], []],
  [['VIEW', 'CHANGE'], ['batch-change']],
  [
    ['VIEW', 'OPERATE'],
    ['batch-start', 'batch-stop'],
  ],
])('of several at once, who may %s is offered only that', async (can, controls) => {
  const { plan, ...row } = instance(can);
  const answers = { Instances: { data: { instances: page([{ ...row, plan }]) } } };
  show(<InstanceList />, { answers, can });
  await userEvent.click(await screen.findByTestId('choose-cache'));
  const work = ['batch-change', 'batch-start', 'batch-stop'];
  expect(work.filter((one) => screen.queryByTestId(one))).toEqual(controls);
  // Comparing is seeing.
  expect(screen.getByTestId('to-compare')).toBeTruthy();
});
