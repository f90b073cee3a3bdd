// What differs between the configuration in force and what stands in the form.

import type { Group } from '../parameter/schema';
import { textOf, valueOf, type Draft } from '../parameter/value';

/** The configuration as it stands in the fields. */
export function draftOf(groups: Group[], parameters: unknown): Draft {
  const values = (parameters ?? {}) as Record<string, unknown>;
  const known = groups.flatMap((group) => group.parameters.map((one) => one.name));
  return Object.fromEntries(
    known.flatMap((name) =>
      values[name] === undefined || values[name] === null ? [] : [[name, textOf(values[name])]],
    ),
  );
}

/** New values by parameter; null gives the default again; what stays is left out. */
export function changesOf(groups: Group[], before: Draft, after: Draft): Record<string, unknown> {
  const changed = groups
    .flatMap((group) => group.parameters)
    .filter(({ name }) => before[name] !== after[name])
    .map((parameter) => {
      const text = after[parameter.name];
      return [parameter.name, text === undefined ? null : valueOf(parameter, text)];
    });
  return Object.fromEntries(changed) as Record<string, unknown>;
}
