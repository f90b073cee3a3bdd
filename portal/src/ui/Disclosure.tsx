import { useEffect, useRef, useState, type ReactNode } from 'react';

/** What opens below a button; closes with Escape, with a click elsewhere and on another page. */
export function Disclosure({
  label,
  title,
  testid,
  children,
}: {
  label: string;
  title: string;
  testid: string;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    const click = ({ target }: MouseEvent) => {
      if (!box.current?.contains(target as Node)) setOpen(false);
    };
    const press = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('click', click);
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('click', click);
      document.removeEventListener('keydown', press);
    };
  }, [open]);

  return (
    <div ref={box} className="account">
      <button
        ref={button}
        type="button"
        aria-label={label}
        aria-expanded={open}
        data-testid={testid}
        onClick={() => {
          setOpen((past) => !past);
        }}
      >
        {title} <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div
          className="account-menu"
          onClick={() => {
            setOpen(false);
          }}
        >
          {children}
        </div>
      )}
    </div>
  );
}
