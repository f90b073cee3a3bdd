import { Button, Input } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';

import { useText } from '../../ui/text';
import type { Parameter } from './schema';
import { rowsOf, type Row } from './value';

export interface ListControlProps {
  parameter: Parameter;
  /** The rows as JSON; `undefined` stands for the default. */
  text: string | undefined;
  change: (text: string | undefined) => void;
  /** Cannot be changed any more. */
  fixed: boolean;
  /** Messages by path, e.g. `upstreams[1].port`. */
  errors: Record<string, string>;
  /** Given by the field around it. */
  id?: string;
}

function Cell({
  field,
  place,
  text,
  error,
  fixed,
  change,
}: {
  field: Parameter;
  /** Counts from 1. */
  place: number;
  text: string;
  error: string | undefined;
  fixed: boolean;
  change: (text: string) => void;
}) {
  const words = useText();
  const id = useId();
  const fallback = field.default === undefined ? '' : String(field.default as string | number);
  return (
    <div className="list-cell">
      <label htmlFor={id} className="list-label">
        {words(field.title)}
        {field.isRequired && (
          <span className="required" aria-hidden="true">
            {' '}
            *
          </span>
        )}
      </label>
      <Input
        id={id}
        value={text}
        disabled={fixed}
        placeholder={fallback}
        inputMode={field.kind === 'integer' ? 'numeric' : 'text'}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        {...(error ? { status: 'error' as const } : {})}
        data-testid={`cell-${String(place - 1)}-${field.name}`}
        onChange={(event) => {
          change(event.target.value);
        }}
      />
      {error && (
        <div id={`${id}-error`} className="field-error" role="alert" data-testid="field-error">
          {error}
        </div>
      )}
    </div>
  );
}

/** Rows of fields that are added and removed; a message stands at its field. */
export function ListControl({ parameter, text, change, fixed, errors, id }: ListControlProps) {
  const { t } = useTranslation();
  const words = useText();
  const rows = rowsOf(text ?? JSON.stringify(parameter.default ?? []));
  const put = (next: Row[]) => {
    change(JSON.stringify(next));
  };
  return (
    <div
      className="list-rows"
      id={id}
      role="group"
      aria-label={words(parameter.title)}
      data-testid={`parameter-${parameter.name}`}
    >
      {rows.map((row, index) => (
        // Rows have no identity of their own; their fields keep no state.
        <div key={index} className="list-row" data-testid={`row-${String(index)}`}>
          {parameter.fields.map((field) => (
            <Cell
              key={field.name}
              field={field}
              place={index + 1}
              text={row[field.name] ?? ''}
              error={errors[`${parameter.name}[${String(index)}].${field.name}`]}
              fixed={fixed}
              change={(cell) => {
                put(rows.map((one, at) => (at === index ? { ...one, [field.name]: cell } : one)));
              }}
            />
          ))}
          {!fixed && (
            <Button
              size="small"
              data-testid={`remove-row-${String(index)}`}
              aria-label={t('configuration.removeRow', { number: String(index + 1) })}
              onClick={() => {
                put(rows.filter((_, at) => at !== index));
              }}
            >
              {t('configuration.remove')}
            </Button>
          )}
        </div>
      ))}
      {!fixed && (parameter.rowsMax === undefined || rows.length < parameter.rowsMax) && (
        <Button
          size="small"
          type="dashed"
          data-testid={`add-row-${parameter.name}`}
          onClick={() => {
            put([...rows, {}]);
          }}
        >
          {t('configuration.addRow')}
        </Button>
      )}
    </div>
  );
}
