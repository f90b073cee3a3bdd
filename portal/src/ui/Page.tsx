import { useEffect, type ReactNode } from 'react';

export interface PageProps {
  title: string;
  /** Beside the heading. */
  extra?: ReactNode;
  /** Small line above the heading, e.g. where this belongs to. */
  above?: ReactNode;
  children: ReactNode;
}

/** One page: its title stands in the tab and above the content. */
export function Page({ title, extra, above, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · cellplane`;
  }, [title]);
  return (
    <div className="page">
      {above && <div className="page-above">{above}</div>}
      <div className="page-head">
        <h1 data-testid="page-title">{title}</h1>
        {extra && <div className="page-extra">{extra}</div>}
      </div>
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({
  title,
  extra,
  testid,
  children,
}: {
  title: ReactNode;
  extra?: ReactNode;
  testid?: string;
  children: ReactNode;
}) {
  return (
    <section className="section" data-testid={testid}>
      <div className="section-head">
        <h2>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
}
