/**
 * A new idempotency key: the same action repeated with it is done once.
 *
 * Not `crypto.randomUUID`, which browsers withhold from plain-HTTP addresses other than localhost.
 */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
