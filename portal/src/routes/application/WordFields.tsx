import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';

import { problemOf } from '../../gql/problem';
import { Field } from '../../ui/Field';

export interface Words {
  name: string;
  title: string;
  description: string;
}

export interface WordFieldsProps {
  given: Words;
  /** What the plane said of what was given before. */
  error: CombinedError | undefined;
  change: (given: Words) => void;
}

/** The longest description that the plane takes. */
const DESCRIPTION_MAX = 500;

const lines = [
  { field: 'name', text: 'name', required: true },
  { field: 'title', text: 'label', required: false },
] as const;

/** What an application is called, and what it is for. */
export function WordFields({ given, error, change }: WordFieldsProps) {
  const { t } = useTranslation();
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  return (
    <>
      {lines.map(({ field, text, required }) => (
        <Field
          key={field}
          label={t(`application.${text}`)}
          help={field === 'name' ? t('application.nameHelp') : undefined}
          error={wrong(field)}
          required={required}
        >
          <Input
            data-testid={`application-${field}`}
            autoComplete="off"
            spellCheck={field !== 'name'}
            value={given[field]}
            onChange={(event) => {
              change({ ...given, [field]: event.target.value });
            }}
          />
        </Field>
      ))}
      <Field label={t('application.description')} error={wrong('description')}>
        <Input.TextArea
          data-testid="application-description"
          rows={3}
          maxLength={DESCRIPTION_MAX}
          value={given.description}
          onChange={(event) => {
            change({ ...given, description: event.target.value });
          }}
        />
      </Field>
    </>
  );
}
