import { Button, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { ListControl } from './ListControl';
import type { Parameter } from './schema';
import { canBeEmpty, textOf } from './value';

/** Shows a value of a parameter with its unit. */
export function useShown(): (parameter: Parameter | undefined, value: unknown) => string {
  const { t } = useTranslation();
  return (parameter, value) => {
    if (typeof value === 'boolean') return t(value ? 'configuration.yes' : 'configuration.no');
    if (Array.isArray(value)) {
      const rows = value as Record<string, unknown>[];
      const lines = rows.map((row) => Object.values(row).map(textOf).join(' '));
      return lines.length === 0 ? t('configuration.noRows') : lines.join('; ');
    }
    if (value === '' || value === null || value === undefined) return t('configuration.noDefault');
    if (parameter?.kind === 'lines') {
      const lines = textOf(value).trim().split('\n');
      return lines.length > 1
        ? t('configuration.lines', { number: String(lines.length) })
        : lines.join('');
    }
    return `${textOf(value)}${parameter?.unit ? ` ${parameter.unit}` : ''}`;
  };
}

export interface ParameterControlProps {
  parameter: Parameter;
  /** What stands in the field; `undefined` stands for the default. */
  text: string | undefined;
  change: (text: string | undefined) => void;
  /** What an empty field stands for, if not for the default. */
  blank?: string | undefined;
  /** Cannot be changed any more. */
  fixed: boolean;
  /** Messages by path; a list shows them at its fields. */
  errors: Record<string, string>;
  /** Given by the field around it. */
  id?: string;
  status?: 'error';
}

function useFallback(parameter: Parameter, blank: string | undefined): string {
  const { t } = useTranslation();
  const shown = useShown();
  if (blank !== undefined) return blank;
  if (parameter.default === undefined) return '';
  return t('configuration.default', { value: shown(parameter, parameter.default) });
}

function Choice({
  parameter,
  text,
  change,
  fixed,
  blank,
  errors: _,
  ...given
}: ParameterControlProps) {
  const { t } = useTranslation();
  const placeholder = useFallback(parameter, blank);
  const options =
    parameter.kind === 'choice'
      ? parameter.choices.map((choice) => ({ value: choice, label: choice }))
      : [
          { value: 'true', label: t('configuration.yes') },
          { value: 'false', label: t('configuration.no') },
        ];
  return (
    <Select
      {...given}
      allowClear
      className="wide"
      data-testid={`parameter-${parameter.name}`}
      disabled={fixed}
      placeholder={placeholder}
      value={text ?? null}
      options={options}
      onChange={(value: string | null | undefined) => {
        change(value ?? undefined);
      }}
    />
  );
}

/** The control that fits a parameter; left empty, it says what the default is. */
export function ParameterControl(props: ParameterControlProps) {
  const { parameter, text, change, fixed, blank, errors: _, ...given } = props;
  const { t } = useTranslation();
  const placeholder = useFallback(parameter, blank);
  if (parameter.kind === 'boolean' || parameter.kind === 'choice') return <Choice {...props} />;
  if (parameter.kind === 'list') return <ListControl {...props} />;
  if (parameter.kind === 'lines') {
    return (
      <Input.TextArea
        {...given}
        // Fixed: measuring a text takes inline styles, which the portal's policy forbids.
        rows={4}
        autoComplete="off"
        spellCheck={false}
        className={parameter.isSecret ? 'pem hidden-text' : 'pem'}
        data-testid={`parameter-${parameter.name}`}
        disabled={fixed}
        placeholder={placeholder}
        value={text ?? ''}
        onChange={(event) => {
          change(event.target.value === '' ? undefined : event.target.value);
        }}
      />
    );
  }

  const isEmpty = text === '';
  return (
    <span className="control">
      <Input
        {...given}
        {...(parameter.isSecret ? { type: 'password', autoComplete: 'off' } : {})}
        {...(parameter.unit ? { suffix: parameter.unit } : {})}
        allowClear
        data-testid={`parameter-${parameter.name}`}
        disabled={fixed}
        inputMode={parameter.kind === 'integer' ? 'numeric' : 'text'}
        placeholder={isEmpty ? t('configuration.noDefault') : placeholder}
        value={text ?? ''}
        onChange={(event) => {
          change(event.target.value === '' ? undefined : event.target.value);
        }}
      />
      {!fixed && !isEmpty && canBeEmpty(parameter) && (
        <Button
          type="link"
          size="small"
          onClick={() => {
            change('');
          }}
        >
          {t('configuration.setEmpty')}
        </Button>
      )}
    </span>
  );
}
