import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

async function copy(text: string): Promise<void> {
  // Browsers withhold the clipboard from plain-HTTP addresses other than localhost.
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** A text to take elsewhere, with a button that copies it. */
export function Copyable({
  text,
  label,
  testid,
}: {
  text: string;
  label: string;
  testid?: string;
}) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <div className="copyable">
      <code data-testid={testid}>{text}</code>
      <Button
        size="small"
        aria-label={t('action.copyOf', { what: label })}
        onClick={() => {
          void copy(text).then(() => {
            setCopied(true);
          });
        }}
        onBlur={() => {
          setCopied(false);
        }}
      >
        {t(copied ? 'action.copied' : 'action.copy')}
      </Button>
    </div>
  );
}
