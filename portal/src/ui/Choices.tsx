import type { ReactNode } from 'react';

export interface ChoicesProps {
  label: string;
  name: string;
  value: string;
  options: { value: string; title: string; help?: ReactNode }[];
  error?: string | undefined;
  change: (value: string) => void;
}

/** One of a few, each with its explanation; plain radio buttons for the keyboard. */
export function Choices({ label, name, value, options, error, change }: ChoicesProps) {
  return (
    <fieldset className="choices" data-testid={name}>
      <legend>{label}</legend>
      <div className="choices-options">
        {options.map((option) => (
          <label key={option.value} className={option.value === value ? 'choice chosen' : 'choice'}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => {
                change(option.value);
              }}
            />
            <span>
              <span className="choice-title">{option.title}</span>
              {option.help && <span className="field-help">{option.help}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <div className="field-error" role="alert" data-testid="field-error">
          {error}
        </div>
      )}
    </fieldset>
  );
}
