import { useTranslation } from 'react-i18next';

import type { FieldProblem } from '../../gql/problem';
import type { Group } from './schema';
import { rowSlips, slip, type Draft } from './value';

/** Messages by parameter for what the form itself can see. */
export function useSlips(): (groups: Group[], draft: Draft) => Record<string, string> {
  const { t } = useTranslation();
  return (groups, draft) => {
    const found = groups
      .flatMap((group) => group.parameters)
      .flatMap((parameter) => {
        const text = draft[parameter.name];
        const wrong = slip(parameter, text);
        const own = wrong ? [[parameter.name, wrong] as const] : rowSlips(parameter, text);
        return own.map(([path, one]) => [path, t(`order.problem.${one.key}`, one.values)]);
      });
    return Object.fromEntries(found) as Record<string, string>;
  };
}

const PREFIX = 'parameters.';

/** The plane's problems by field; those of parameters under the parameter's own name. */
export function byField(problems: FieldProblem[]): {
  fields: Record<string, string>;
  parameters: Record<string, string>;
} {
  const fields: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  for (const { field, message } of problems) {
    if (field.startsWith(PREFIX)) parameters[field.slice(PREFIX.length)] ??= message;
    else fields[field] ??= message;
  }
  return { fields, parameters };
}
