// What the fixture answers: one tenant, one offering, instances that change with made-up timers.

import { EventEmitter, on } from 'node:events';

import { GraphQLError } from 'graphql';

import { billOf } from './bill.mjs';
import { change, compare, judge, valuesOf } from './configuration.mjs';
import { offering, parameterSchema, templates } from './offering.mjs';
import { examples, price } from './price.mjs';

export const users = {
  developer: { title: '林 Developer', roles: ['DEVELOPER'] },
  head: { title: 'Head of Acme', roles: ['ORGANIZATION_ADMIN'] },
};

const may = {
  developer: ['VIEW', 'ORDER', 'CHANGE', 'OPERATE', 'DELETE', 'REVEAL'],
  head: ['VIEW', 'ORDER', 'CHANGE', 'OPERATE', 'DELETE', 'REVEAL', 'READ_BILL', 'READ_AUDIT'],
};

const now = () => new Date().toISOString().replace('Z', '000Z');
const bus = new EventEmitter().setMaxListeners(0);
let counter = 0;
const id = (prefix) => `${prefix}_${String(++counter).padStart(26, '0')}`;
const events = [];
function happen(kind, instance, operation) {
  const edge = {
    cursor: String(events.length + 1),
    node: { at: now(), kind, instance, operation },
  };
  events.push(edge);
  bus.emit('event', edge);
}
export function refuse(code, message, extensions = {}) {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}
export const connection = (all, { first = 50, after } = {}) => {
  const start = after ? Number(after) : 0;
  const nodes = all.slice(start, start + first);
  return {
    nodes,
    edges: nodes.map((node, index) => ({ cursor: String(start + index + 1), node })),
    pageInfo: {
      hasNextPage: start + first < all.length,
      hasPreviousPage: start > 0,
      startCursor: String(start + 1),
      endCursor: String(start + nodes.length),
    },
  };
};

const organizations = [];
function organization(name, title, parent) {
  const made = { __typename: 'Organization', id: id('org'), name, title, parent: parent ?? null };
  made.path = [...(parent?.path ?? []), made];
  made.billingPeriods = [
    { period: new Date().toISOString().slice(0, 7), state: 'OPEN' },
    { period: '2026-10', state: 'CLOSED' },
  ];
  organizations.push(made);
  return made;
}
const acme = organization('acme', 'Acme');
const rd = organization('rd', 'R&D', acme);
const platform = organization('platform', 'Platform', rd);
const sales = organization('sales', 'Sales', acme);
const project = (name, title, organization) => ({
  __typename: 'Project',
  id: id('prj'),
  name,
  title,
  organization,
});
const projects = [
  project('platform-dev', 'Platform development', platform),
  project('shop', 'Shop', sales),
];

let outdated = true;
const instances = [];
const operations = [];
const audit = [];

/** Of now whatever is asked for; nothing of a time before there was anything. */
function registerAt(at) {
  const there = instances.filter((one) => one.createdAt <= at && !one.deletedAt);
  const assets = there.flatMap((one) =>
    one.members.map((member) => ({
      member: member.id,
      name: member.name,
      instance: one.id,
      instanceName: one.name,
      project: one.project.id,
      projectName: one.project.name,
      organization: one.project.organization.id,
      path: one.project.organization.path.map(({ name }) => name),
      package: one.package,
      packageVersion: one.packageVersion,
      softwareVersion: one.softwareVersion,
      installedVersion: null,
      plan: one.plan,
      size: one.plan.size,
      role: member.role,
      cell: 'local',
      endpoint: member.endpoint,
      state: member.state,
      since: member.since ?? one.createdAt,
      unknownSince: null,
    })),
  );
  const counts = assets.map((asset) => ({ ...asset, members: 1 }));
  return { at, assets: (args) => connection(assets, args), counts };
}

function operation(instance, kind, createdBy, names, effect) {
  const made = {
    __typename: 'Operation',
    id: id('op'),
    kind,
    state: 'PENDING',
    instance,
    createdAt: now(),
    createdBy,
    startedAt: null,
    endedAt: null,
    deadline: new Date(Date.now() + 600_000).toISOString(),
    problem: null,
    lines: [],
    steps: names.map(([name, member], ordinal) => ({
      ordinal,
      name,
      member: member?.id ?? null,
      state: 'PENDING',
      startedAt: null,
      endedAt: null,
    })),
    log: ({ afterLine = 0, first = 500 }) =>
      made.lines.filter((line) => line.number > afterLine).slice(0, first),
  };
  operations.unshift(made);
  let index = 0;
  const tick = () => {
    made.startedAt ??= now();
    made.state = 'RUNNING';
    const before = made.steps[index - 1];
    if (before) Object.assign(before, { state: 'SUCCEEDED', endedAt: now() });
    const step = made.steps[index];
    const number = made.lines.length + 1;
    if (step) {
      Object.assign(step, { state: 'RUNNING', startedAt: now() });
      made.lines.push({ number, step: index, at: now(), text: `${step.name}: begun` });
      index += 1;
      setTimeout(tick, 700);
    } else {
      Object.assign(made, { state: 'SUCCEEDED', endedAt: now() });
      made.lines.push({ number, step: index - 1, at: now(), text: 'everything is as desired' });
      effect();
    }
    bus.emit(made.id, made);
    happen('operation_moved', instance, made);
  };
  setTimeout(tick, 700);
  happen('operation_created', instance, made);
  return made;
}

function members(instance, state) {
  instance.members.forEach((member) =>
    Object.assign(member, {
      state,
      since: now(),
      observedRole: state === 'RUNNING' ? member.role : null,
      endpoint: { host: '127.0.0.1', port: 20_000 + member.ordinal },
      pid: state === 'RUNNING' ? 4_242 + member.ordinal : null,
    }),
  );
  instance.state = state;
}

function checked(input) {
  const problems = [];
  if (instances.some((one) => one.name === input.name && one.state !== 'DELETED'))
    problems.push({
      field: 'name',
      problem: 'taken',
      message: 'The project has one of this name.',
    });
  if (input.parameters.hz === 13)
    problems.push({
      field: 'parameters.hz',
      problem: 'not_allowed',
      message: '13 is refused by the fixture.',
    });
  if (problems.length > 0) throw refuse('INVALID', 'The order has problems.', { problems });
}

function place(input, user) {
  checked(input);
  const topology = offering.topologies.find((one) => one.name === input.topology);
  const made = {
    __typename: 'Instance',
    id: id('ins'),
    name: input.name,
    project: projects.find((one) => one.id === input.project),
    package: 'redis',
    packageVersion: '1.0.0',
    offering,
    softwareVersion: input.softwareVersion,
    installedVersion: '5:7.0.15-1~deb12u5',
    topology: input.topology,
    plan: offering.plans.find((one) => one.id === input.plan),
    wish: 'RUNNING',
    state: 'PROVISIONING',
    unknownSince: null,
    cell: 'local',
    generation: 1,
    createdAt: now(),
    createdBy: user,
    deletedAt: null,
    templates,
    parameterSchema: () => parameterSchema(input, made.plan),
    configurations: (args) => connection(made.history, args),
    operations: (args) =>
      connection(
        operations.filter((one) => one.instance === made),
        args,
      ),
    cost: () => ({
      period: '2026-11',
      currency: 'CNY',
      amount: '1234.5678901234',
      completeTo: now(),
      lines: [
        { meter: 'member_seconds', quantity: '9223372036854', amount: '1234.5678901234' },
        { meter: 'memory_mib_seconds', quantity: '921600', amount: '0' },
      ],
    }),
    connection: () => ({
      endpoints: made.members
        .filter((one) => one.endpoint)
        .map(({ role, endpoint }) => ({ role, ...endpoint })),
      examples: examples('<password>'),
      secrets: ['password'],
    }),
  };
  made.members = topology.memberRoles.map((role, ordinal) => ({
    __typename: 'Member',
    id: id('mbr'),
    ordinal,
    name: `${input.name}-${ordinal}`,
    role,
    observedRole: null,
    state: 'PROVISIONING',
    since: now(),
    endpoint: null,
    pid: null,
    restarts: 0,
    problem: null,
  }));
  const schema = parameterSchema(input, made.plan);
  const defaults = Object.entries(schema.properties).map(([name, one]) => [name, one.default]);
  const first = { ...Object.fromEntries(defaults), ...input.parameters };
  made.configuration = {
    number: 1,
    parameters: first,
    values: () => valuesOf(made, first),
    changes: [],
    reason: null,
    restoredFrom: null,
    createdAt: now(),
    createdBy: user,
    operation: null,
  };
  made.history = [made.configuration];
  instances.unshift(made);
  const steps = made.members.flatMap((member) => [
    ['fetch-media', member],
    ['write-configuration', member],
    ['start-member', member],
    ['wait-healthy', member],
  ]);
  return {
    instance: made,
    operation: operation(made, 'INSTALL', user, steps, () => members(made, 'RUNNING')),
  };
}

const selected = ({ instances: named }) =>
  named.map((key) => instances.find((one) => one.id === key || one.name === key));

function live(user) {
  const found = (all, key) => {
    const one = all.find((candidate) => candidate.id === key || candidate.name === key);
    if (!one) throw refuse('NOT_FOUND', 'There is no such thing, or you may not see it.');
    return Object.defineProperty(Object.create(one), 'viewerCan', { value: may[user] });
  };
  return { found };
}

function mutations(user, found) {
  const title = users[user].title;
  const record = (action, target) =>
    audit.unshift({
      number: audit.length + 1,
      at: now(),
      subject: title,
      action,
      outcome: 'done',
      code: null,
      target,
    });
  const work = (kind, action, steps, begin, effect) => (args) => {
    const instance = instances.find((one) => one.id === args.input.instance);
    record(action, instance.id);
    begin(instance);
    return {
      instance: found(instances, instance.id),
      operation: operation(
        instance,
        kind,
        title,
        instance.members.flatMap((member) => steps.map((step) => [step, member])),
        () => effect(instance),
      ),
    };
  };
  const changeOne = (instance, wanted, reason) => {
    const { changes, apply, after, from } = change(instance, wanted);
    const step = apply === 'HOT' ? ['apply-parameters'] : ['restart-member', 'wait-healthy'];
    const made = operation(
      instance,
      'CHANGE',
      title,
      instance.members.flatMap((member) => step.map((name) => [name, member])),
      () => members(instance, 'RUNNING'),
    );
    instance.configuration = {
      number: instance.history.length + 1,
      parameters: after,
      from,
      values: () => valuesOf(instance, after, from),
      changes,
      reason: reason ?? null,
      restoredFrom: wanted.restore ?? null,
      createdAt: now(),
      createdBy: title,
      operation: made,
    };
    instance.history.unshift(instance.configuration);
    record('changeConfiguration', instance.id);
    return made;
  };
  const powers = {
    stopInstance: work(
      'STOP',
      'stopInstance',
      ['stop-member'],
      (one) => (one.wish = 'STOPPED'),
      (one) => members(one, 'STOPPED'),
    ),
    startInstance: work(
      'START',
      'startInstance',
      ['start-member', 'wait-healthy'],
      (one) => (one.wish = 'RUNNING'),
      (one) => members(one, 'RUNNING'),
    ),
  };
  return {
    ...powers,
    placeOrder: ({ input }) => {
      if (input.order.name === 'outdated' && outdated) {
        outdated = false;
        throw refuse('OUTDATED', 'The price changed since the preview.');
      }
      record('placeOrder', input.order.name);
      return place(input.order, title);
    },
    deleteInstance: work(
      'DELETE',
      'deleteInstance',
      ['stop-member', 'remove-member'],
      (one) => Object.assign(one, { wish: 'DELETED', state: 'DELETING' }),
      (one) => {
        members(one, 'DELETED');
        one.deletedAt = now();
      },
    ),
    changeConfiguration: ({ input }) => {
      const instance = instances.find((one) => one.id === input.change.instance);
      const made = changeOne(instance, input.change, input.reason);
      return { instance: found(instances, instance.id), operation: made };
    },
    applyBatch: ({ input }) => ({
      items: selected(input.batch.selection).map((instance) => {
        const { refusal } = judge(instance, input.batch);
        const work = { STOP: 'stopInstance', START: 'startInstance' }[input.batch.work];
        if (refusal) return { instance, operation: null, refusal };
        const operation = work
          ? powers[work]({ input: { instance: instance.id } }).operation
          : changeOne(instance, input.batch, input.reason);
        return { instance, operation, refusal: null };
      }),
    }),
    revealSecret: ({ input }) => {
      record('revealSecret', input.instance);
      const value = 'k3Yq8ZrTnW5vXb2LmPs7HdJc4GfA9uEe';
      return { secrets: [{ name: 'password', value }], examples: examples(value) };
    },
    createSignInCode: () => ({
      code: `${user}-${id('code')}`,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    }),
  };
}

export const plane = {
  rootFor(userRecord) {
    const user = Object.keys(users).find((name) => users[name] === userRecord);
    const { found } = live(user);
    const all = (list) => list.map((one) => found([one], one.id));
    return {
      viewer: {
        id: id('usr'),
        name: user,
        title: userRecord.title,
        tenant: {
          __typename: 'Tenant',
          id: 'ten_1',
          title: 'Acme',
          zone: 'Asia/Shanghai',
          currency: 'CNY',
        },
        roles: userRecord.roles.map((role) => ({ role, at: acme })),
        impersonatedBy: null,
        sessionExpiresAt: new Date(Date.now() + 8 * 3_600_000).toISOString(),
      },
      organizations: (args) => connection(all(organizations), args),
      projects: (args) => connection(all(projects), args),
      offerings: ({ search, ...args }) =>
        connection(search && !'redis'.includes(search) ? [] : [offering], args),
      offering: ({ idOrName }) => found([offering], idOrName),
      instances: ({ filter, ...args }) =>
        connection(all(instances.filter((one) => one.name.includes(filter?.search ?? ''))), args),
      instance: ({ idOrName }) => found(instances, idOrName),
      operation: (args) => found(operations, args.id),
      previewOrder: ({ input }) => {
        checked(input);
        const roles = offering.topologies.find((one) => one.name === input.topology).memberRoles;
        const { size } = offering.plans.find((one) => one.id === input.plan);
        return {
          token: `tok-${JSON.stringify(input)}`,
          cell: 'local',
          parameters: input.parameters,
          values: [],
          ownValues: [],
          members: roles.map((role, index) => ({ name: `${input.name}-${index}`, role, size })),
          price: price(roles.length),
          notes: [],
          licence: { unit: 'member', used: 3, added: roles.length, limit: 20 },
          quotas: [],
        };
      },
      previewChange: ({ input }) => change(found(instances, input.instance), input),
      previewBatch: ({ input }) => ({
        token: `tok-${JSON.stringify(input)}`,
        items: selected(input.selection).map((one) => judge(one, input)),
      }),
      compare: ({ input }) => compare(selected(input), input),
      bill: ({ organization: key, period }) =>
        billOf(found(organizations, key), period, {
          organizations,
          project: projects[0],
          plan: offering.plans[0],
          instances: instances.map((one) => one.name),
        }),
      audit: (args) => connection(audit, args),
      assetRegister: ({ at }) => registerAt(at ?? now()),
      ...mutations(user, found),
      events: async function* ({ after }) {
        for (const edge of after ? events.slice(Number(after)) : []) yield { events: edge };
        for await (const [edge] of on(bus, 'event')) yield { events: edge };
      },
      operationProgress: async function* ({ operation: key, afterLine = 0 }) {
        const moving = operations.find((one) => one.id === key);
        let last = afterLine;
        const step = () => {
          const lines = moving.lines.filter((line) => line.number > last);
          last = lines.at(-1)?.number ?? last;
          return { operationProgress: { operation: moving, lines } };
        };
        yield step();
        if (moving.endedAt) return;
        for await (const [one] of on(bus, key)) {
          yield step(one);
          if (moving.endedAt) return;
        }
      },
    };
  },
};
