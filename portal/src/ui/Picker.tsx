import { Input } from 'antd';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export interface Choice {
  id: string;
  title: string;
  /** What tells it from others of that title. */
  detail?: ReactNode;
  disabled?: boolean;
}

export interface PickerProps {
  label: string;
  testid: string;
  search: string;
  setSearch: (text: string) => void;
  choices: readonly Choice[];
  /** Whether there are more than those. */
  hasMore: boolean;
  /** Says that they are still looked for, or why they cannot be. */
  note?: ReactNode;
  /** What is chosen; shown whatever is searched for. */
  value: Choice | undefined;
  change: (choice: Choice) => void;
}

/**
 * One of many, found by typing. Plain radio buttons below a field: usable with the keyboard alone, and
 * inside a dialog, which lies above whatever a list of Ant Design would open.
 */
export function Picker(props: PickerProps) {
  const { label, testid, search, setSearch, choices, hasMore, note, value, change } = props;
  const { t } = useTranslation();
  const name = useId();
  const isAway = value !== undefined && !choices.some(({ id }) => id === value.id);
  const shown = isAway ? [value, ...choices] : choices;
  return (
    <fieldset className="picker" data-testid={testid}>
      <legend>{label}</legend>
      <Input
        type="search"
        autoComplete="off"
        placeholder={t('picker.search')}
        aria-label={t('picker.searchIn', { label })}
        data-testid={`${testid}-search`}
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
        }}
        onKeyDown={(event) => {
          // Enter looks, and does not send the dialog off.
          if (event.key === 'Enter') event.preventDefault();
        }}
      />
      <div className="picker-choices">
        {shown.map((choice) => (
          <label
            key={choice.id}
            className={choice.id === value?.id ? 'picker-choice chosen' : 'picker-choice'}
          >
            <input
              type="radio"
              name={name}
              value={choice.id}
              checked={choice.id === value?.id}
              disabled={choice.disabled ?? false}
              data-testid={`${testid}-${choice.id}`}
              onChange={() => {
                change(choice);
              }}
            />
            <span>
              {choice.title}
              {choice.detail && <span className="muted picker-detail">{choice.detail}</span>}
            </span>
          </label>
        ))}
        {note}
        {!note && choices.length === 0 && <p className="muted">{t('picker.none')}</p>}
        {hasMore && <p className="muted">{t('picker.more')}</p>}
      </div>
    </fieldset>
  );
}
