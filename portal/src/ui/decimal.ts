// Exact numbers as text. Amounts of money and quantities never pass through a JavaScript number,
// which would change them silently beyond 15 digits.

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;

interface Parts {
  units: bigint;
  scale: number;
}

function parts(text: string): Parts {
  const match = PLAIN.exec(text);
  if (!match) throw new RangeError(`not a plain decimal: ${text}`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  return { units: BigInt(sign + whole + fraction), scale: fraction.length };
}

function print({ units, scale }: Parts): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale > 0 ? `.${digits.slice(digits.length - scale)}` : '';
  return `${negative ? '-' : ''}${whole}${fraction}`;
}

function scaled(part: Parts, scale: number): bigint {
  return part.units * 10n ** BigInt(scale - part.scale);
}

/** The exact sum, with as many places as the longest of them. */
export function sum(texts: readonly string[]): string {
  const all = texts.map(parts);
  const scale = Math.max(0, ...all.map((part) => part.scale));
  return print({ units: all.reduce((total, part) => total + scaled(part, scale), 0n), scale });
}

/** Whether both are the same number, however many zeros they end with. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [parts(one), parts(other)];
  const scale = Math.max(left.scale, right.scale);
  return scaled(left, scale) === scaled(right, scale);
}

/** With separators between thousands: `1234567.80` becomes `1,234,567.80`. Other text stays. */
export function grouped(text: string): string {
  const match = PLAIN.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction] = match;
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${separated}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** Without zeros at the end, but with at least `places` of them kept. */
export function trimmed(text: string, places = 2): string {
  const match = PLAIN.exec(text);
  if (match?.[3] === undefined) return text;
  const [, sign = '', whole = '', fraction] = match;
  const kept = fraction.slice(0, places) + fraction.slice(places).replace(/0+$/, '');
  return `${sign}${whole}${kept === '' ? '' : `.${kept}`}`;
}
