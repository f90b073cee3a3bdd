// What stands in the order form, and the order it stands for.

import type { OrderInput } from '../../gql/order.generated';
import type { Group } from '../parameter/schema';
import { valueOf, type Draft } from '../parameter/value';

export interface OrderDraft {
  project: string | undefined;
  name: string;
  topology: string;
  softwareVersion: string;
  plan: string;
  /** Empty: none. */
  template: string;
  parameters: Draft;
}

/** The rule of names, as the plane has it. */
const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

export function nameSlip(name: string): 'required' | 'name' | undefined {
  if (name === '') return 'required';
  return NAME.test(name) ? undefined : 'name';
}

/** Only what was set and exists for the chosen topology, version and plan. */
export function orderOf(offering: string, draft: OrderDraft, groups: Group[]): OrderInput {
  const parameters = groups
    .flatMap((group) => group.parameters)
    .flatMap((parameter) => {
      const text = draft.parameters[parameter.name];
      return text === undefined ? [] : [[parameter.name, valueOf(parameter, text)]];
    });
  return {
    offering,
    project: draft.project ?? '',
    name: draft.name,
    topology: draft.topology,
    softwareVersion: draft.softwareVersion,
    plan: draft.plan,
    template: draft.template || null,
    parameters: Object.fromEntries(parameters),
  };
}
