import { Fragment, type ReactNode } from 'react';

export interface Column<Row> {
  key: string;
  title: ReactNode;
  /** Numbers: right aligned, digits of equal width. */
  exact?: boolean;
  render: (row: Row) => ReactNode;
}

export interface ListingProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string;
  rowTestid?: (row: Row) => string;
  /** What a row opens to, over all columns; nothing while it is closed. */
  below?: (row: Row) => ReactNode;
  /** Rows below the body, e.g. sums. */
  foot?: ReactNode;
  testid?: string;
}

/**
 * A table in plain HTML: real header cells for screen readers, numbers that can be copied into a
 * spreadsheet, and a tenth of the weight of a table component.
 */
export function Listing<Row>(props: ListingProps<Row>) {
  const { label, columns, rows, rowKey, rowTestid, below, foot, testid } = props;
  return (
    <div className="listing" role="region" aria-label={label} tabIndex={0}>
      <table data-testid={testid}>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.exact ? 'exact' : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => {
            const opened = below?.(row);
            return (
              <Fragment key={rowKey(row, index)}>
                <tr data-testid={rowTestid?.(row)}>
                  {columns.map((column) => (
                    <td key={column.key} className={column.exact ? 'exact' : undefined}>
                      {column.render(row)}
                    </td>
                  ))}
                </tr>
                {opened && (
                  <tr className="below">
                    <td colSpan={columns.length}>{opened}</td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}

/** A row of a sum: its label over all columns but the last. */
export function SumRow({
  label,
  value,
  columns,
  testid,
  strong = false,
}: {
  label: ReactNode;
  value: ReactNode;
  columns: number;
  testid?: string;
  strong?: boolean;
}) {
  return (
    <tr className={strong ? 'strong' : undefined}>
      <th scope="row" colSpan={columns - 1} className="exact">
        {label}
      </th>
      <td className="exact" data-testid={testid}>
        {value}
      </td>
    </tr>
  );
}
