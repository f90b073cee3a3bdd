import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Field } from '../../ui/Field';
import { useText } from '../../ui/text';
import { ParameterControl } from './ParameterControl';
import type { Group, Parameter } from './schema';
import type { Draft } from './value';

export interface ParameterFieldsProps {
  groups: Group[];
  draft: Draft;
  /** Message by parameter. */
  errors: Record<string, string>;
  /** `undefined` gives the default. */
  change: (name: string, text: string | undefined) => void;
  /** Of a running instance: says how a change arrives, and what cannot be changed any more. */
  running?: boolean;
  /** What a field that is left empty stands for, if not for the default. */
  blank?: string;
}

function useHint(): (parameter: Parameter) => string {
  const { t } = useTranslation();
  return ({ least, most, unit }) => {
    const withUnit = (text: string) => (unit ? `${text} ${unit}` : text);
    if (least !== undefined && most !== undefined)
      return t('configuration.range', { least, most: withUnit(most) });
    if (least !== undefined) return t('configuration.atLeast', { least: withUnit(least) });
    if (most !== undefined) return t('configuration.atMost', { most: withUnit(most) });
    return unit ?? '';
  };
}

function ParameterField({
  parameter,
  draft,
  errors,
  change,
  running = false,
  blank,
}: ParameterFieldsProps & { parameter: Parameter }) {
  const { t } = useTranslation();
  const text = useText();
  const hint = useHint();
  const { name, apply } = parameter;
  return (
    <Field
      testid={`field-${name}`}
      label={text(parameter.title)}
      hint={
        <>
          {hint(parameter)}
          {running && <span className={`apply apply-${apply}`}>{t(`apply.${apply}`)}</span>}
        </>
      }
      help={
        <>
          {text(parameter.help)} <code>{name}</code>
        </>
      }
      error={errors[name]}
      required={parameter.isRequired}
    >
      <ParameterControl
        parameter={parameter}
        text={draft[name]}
        errors={errors}
        blank={blank}
        fixed={running && apply === 'immutable'}
        change={(value) => {
          change(name, value);
        }}
      />
    </Field>
  );
}

function Fold({ group, first, ...props }: ParameterFieldsProps & { group: Group; first: boolean }) {
  const { t } = useTranslation();
  const text = useText();
  const [opened, setOpened] = useState(first);
  const names = group.parameters.map((parameter) => parameter.name);
  const count = names.filter((name) => name in props.draft).length;
  const isWrong = Object.keys(props.errors).some((path) =>
    names.some((name) => path === name || path.startsWith(`${name}[`)),
  );
  return (
    <details
      className="group"
      // A field with an error is never folded away.
      open={opened || isWrong}
      onToggle={(event) => {
        setOpened(event.currentTarget.open);
      }}
    >
      <summary>
        <span>{group.title ? text(group.title) : t('configuration.otherGroup')}</span>
        {!props.running && count > 0 && (
          <span className="muted">{t('order.changed', { number: String(count) })}</span>
        )}
      </summary>
      <div className="fields">
        {group.parameters.map((parameter) => (
          <ParameterField key={parameter.name} {...props} parameter={parameter} />
        ))}
      </div>
    </details>
  );
}

/** The form of a package's parameters, in its groups; everything is optional unless marked. */
export function ParameterFields(props: ParameterFieldsProps) {
  return props.groups.map((group, index) => (
    <Fold
      key={group.parameters[0]?.name ?? String(index)}
      {...props}
      group={group}
      first={index === 0}
    />
  ));
}
