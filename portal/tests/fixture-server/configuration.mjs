// What the fixture answers about configurations: changes, templates, work on many, comparisons.

import { templates } from './offering.mjs';

/** Where a value comes from. */
function originOf(instance, parameter, value, from) {
  if (from?.[parameter]) return 'TEMPLATE';
  const { properties } = instance.parameterSchema();
  return properties[parameter]?.default === value ? 'DEFAULT' : 'OWN';
}

export const valuesOf = (instance, parameters, from = {}) =>
  Object.entries(parameters).map(([parameter, value]) => ({
    parameter,
    value,
    origin: originOf(instance, parameter, value, from),
    template: from[parameter] ?? null,
  }));

/** What a change would do, as the plane would say it. */
export function change(instance, input) {
  const { properties } = instance.parameterSchema();
  const { parameters: before, from: was = {} } = instance.configuration;
  const earlier = instance.history.find((one) => one.number === input.restore);
  const template = templates.find((one) => one.name === input.template);
  const known = Object.fromEntries(
    Object.entries(template?.parameters ?? {}).filter(([name]) => name in properties),
  );
  const given = Object.fromEntries(
    Object.entries(input.parameters ?? {}).map(([name, value]) => [
      name,
      value ?? properties[name].default,
    ]),
  );
  const after = earlier ? earlier.parameters : { ...before, ...known, ...given };
  const taken = Object.keys(known).map((name) => [name, template.name]);
  const kept = Object.entries({ ...was, ...Object.fromEntries(taken) });
  const from = earlier
    ? (earlier.from ?? {})
    : Object.fromEntries(kept.filter(([name]) => !(name in given)));
  const ownValues = Object.entries(known)
    .filter(([name, value]) => before[name] !== value && !(name in given) && !input.replaceOwn)
    .filter(([name]) => originOf(instance, name, before[name], was) === 'OWN')
    .map(([parameter, value]) => ({ parameter, own: before[parameter], template: value }));
  const changes = Object.keys(after)
    .filter((name) => before[name] !== after[name])
    .map((parameter) => ({
      parameter,
      before: before[parameter],
      after: after[parameter],
      beforeOrigin: originOf(instance, parameter, before[parameter], was),
      afterOrigin: originOf(instance, parameter, after[parameter], from),
      template: from[parameter] ?? null,
      apply: properties[parameter]['x-apply'] === 'hot' ? 'HOT' : 'RESTART',
    }));
  const isRestart = changes.some((one) => one.apply === 'RESTART');
  return {
    token: `tok-${JSON.stringify(input)}`,
    changes,
    apply: changes.length === 0 ? null : isRestart ? 'RESTART' : 'HOT',
    notes: [],
    restarts: isRestart ? [...instance.members].reverse() : [],
    ownValues,
    after,
    from,
  };
}

const conflict = (why, message) => ({ code: 'CONFLICT', why, message, problems: [] });

/** What work on many would do to one. */
export function judge(instance, input) {
  const nothing = { changes: [], apply: null, restarts: [], notes: [], ownValues: [] };
  if (instance.state === 'PROVISIONING' || instance.state === 'UPDATING') {
    const message = `the instance is ${instance.state.toLowerCase()}: wait until that has ended`;
    return { ...nothing, instance, refusal: conflict('operation_running', message) };
  }
  if (input.work !== 'CHANGE') {
    const wish = input.work === 'STOP' ? 'STOPPED' : 'RUNNING';
    const isSo = instance.wish === wish;
    const refusal =
      isSo && conflict(wish.toLowerCase(), `the instance is ${wish.toLowerCase()} already`);
    return { ...nothing, instance, refusal: refusal || null };
  }
  const seen = change(instance, input);
  const refusal =
    seen.ownValues.length > 0
      ? conflict('own_values', "values of the instance's own stand against the template")
      : seen.apply
        ? null
        : conflict('unchanged', 'the parameters have these values already; nothing to change');
  return { ...seen, instance, refusal };
}

/** Configurations side by side. */
export function compare(instances, { template: name, all }) {
  const template = templates.find((one) => one.name === name);
  const columns = instances.map((one) =>
    valuesOf(one, one.configuration.parameters, one.configuration.from),
  );
  const names = columns[0].map((one) => one.parameter).sort();
  const { properties } = instances[0].parameterSchema();
  const rows = names.map((parameter) => {
    const values = columns.map((column) => column.find((one) => one.parameter === parameter));
    const wanted = template?.parameters[parameter];
    if (template) {
      values.push(
        wanted === undefined
          ? null
          : { parameter, value: wanted, origin: 'TEMPLATE', template: name },
      );
    }
    const distinct = new Set(values.filter(Boolean).map((one) => JSON.stringify(one.value)));
    const title = properties[parameter]?.['x-title'] ?? null;
    return { parameter, title, differs: distinct.size > 1, values };
  });
  const parameters = rows.filter((row) => all || row.differs);
  return { instances, template: name ?? null, parameters };
}
