import { Button } from 'antd';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export interface DialogProps {
  title: string;
  close: () => void;
  /** What it asks for; without it there is only the way out. */
  confirm?: {
    label: string;
    testid: string;
    act: () => void;
    busy?: boolean;
    disabled?: boolean;
    danger?: boolean;
  };
  wide?: boolean;
  children: ReactNode;
}

/**
 * A question above the page, shown while it is rendered. The browser's own dialog keeps the focus
 * inside and closes with Escape; Ant Design's locks scrolling by a style without our nonce, which
 * the content security policy refuses.
 */
export function Dialog({ title, close, confirm, wide = false, children }: DialogProps) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className={wide ? 'dialog wide-dialog' : 'dialog'}
      aria-labelledby={heading}
      onCancel={(event) => {
        // Whether it is shown is the page's to say.
        event.preventDefault();
        close();
      }}
      onClose={() => {
        // Browsers close at a second Escape whatever the page says.
        if (!dialog.current?.open) close();
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (confirm && !confirm.disabled) confirm.act();
        }}
      >
        <h2 id={heading}>{title}</h2>
        <div className="dialog-body">{children}</div>
        <div className="dialog-actions">
          <Button onClick={close}>{t(confirm ? 'action.cancel' : 'action.close')}</Button>
          {confirm && (
            <Button
              type="primary"
              htmlType="submit"
              danger={confirm.danger ?? false}
              loading={confirm.busy ?? false}
              disabled={confirm.disabled ?? false}
              data-testid={confirm.testid}
            >
              {confirm.label}
            </Button>
          )}
        </div>
      </form>
    </dialog>
  );
}
