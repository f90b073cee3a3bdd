import { cloneElement, useId, type ReactElement, type ReactNode } from 'react';

export interface FieldProps {
  label: ReactNode;
  /** Beside the label, e.g. unit and range. */
  hint?: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  testid?: string;
  /** One control that takes `id`, `status` and aria attributes, as those of Ant Design do. */
  children: ReactElement<Record<string, unknown>>;
}

/** A labelled control; its help and its error are read out with it. */
export function Field({ label, hint, help, error, required, testid, children }: FieldProps) {
  const id = useId();
  const describedBy = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ');
  return (
    <div className={error ? 'field wrong' : 'field'} data-testid={testid}>
      <div className="field-head">
        <label htmlFor={id}>
          {label}
          {required && (
            <span className="required" aria-hidden="true">
              {' '}
              *
            </span>
          )}
        </label>
        {hint && <span className="field-hint">{hint}</span>}
      </div>
      {cloneElement(children, {
        id,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': error ? true : undefined,
        'aria-required': required ? true : undefined,
        ...(error ? { status: 'error' } : {}),
      })}
      {error && (
        <div id={`${id}-error`} className="field-error" role="alert" data-testid="field-error">
          {error}
        </div>
      )}
      {help && (
        <div id={`${id}-help`} className="field-help">
          {help}
        </div>
      )}
    </div>
  );
}
