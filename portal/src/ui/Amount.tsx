import { grouped } from './decimal';

/** An exact number, every digit of it; `data-exact` holds it without separators. */
export function Amount({
  value,
  currency,
  testid,
}: {
  value: string;
  currency?: string;
  testid?: string;
}) {
  return (
    <span className="amount" data-exact={value} data-testid={testid}>
      {currency && <span className="currency">{currency} </span>}
      {grouped(value)}
    </span>
  );
}
