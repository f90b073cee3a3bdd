import type { ReactNode } from 'react';

/** An empty place, and what to do about it. */
export function Nothing({
  title,
  help,
  action,
  testid = 'empty',
}: {
  title: string;
  help?: string;
  action?: ReactNode;
  testid?: string;
}) {
  return (
    <div className="nothing" data-testid={testid}>
      <svg viewBox="0 0 64 48" width="64" height="48" aria-hidden="true">
        <path
          d="M8 30 16 12h32l8 18v10a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2zm0 0h14l3 5h14l3-5h14"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinejoin="round"
        />
      </svg>
      <p className="nothing-title">{title}</p>
      {help && <p className="muted">{help}</p>}
      {action}
    </div>
  );
}
