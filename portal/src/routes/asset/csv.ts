// Comma-separated values for spreadsheets (RFC 4180), which run what looks like a formula.

/** A heading line and one line per row. */
export function csv(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(text: string): string {
  // An apostrophe makes a spreadsheet take the rest as text
  // (https://owasp.org/www-community/attacks/CSV_Injection).
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
