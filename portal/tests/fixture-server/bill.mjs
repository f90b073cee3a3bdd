// A bill whose parts add up, for looking at the page.

import { connection } from './plane.mjs';

export function billOf(organization, period, plane) {
  const { organizations, project, plan, instances } = plane;
  const isClosed = period === '2026-10';
  const below = organizations.filter((one) => one.parent?.id === organization.id);
  const hasOwn = organization.name === 'platform';
  const line = (meter, quantity, unitPrice, per, amount) => ({
    chargePeriod: period,
    project,
    plan,
    meter,
    unitPrice,
    per,
    quantity,
    amount,
    reason: unitPrice === null ? 'no price' : null,
  });
  const lines = hasOwn
    ? [
        line('member_seconds', '37037037', '0.12', '3600', '1234.5679000000'),
        line('memory_mib_seconds', '9223372036', '0.000001', '1', '9223.3720360000'),
        line('storage_mib_seconds', '1843200', null, null, '0.0000000000'),
      ]
    : [];
  const total = hasOwn || below.some((one) => one.name !== 'sales') ? '10457.94' : '0.00';
  return {
    number: isClosed ? '2026-10-000003' : null,
    period,
    state: isClosed ? 'CLOSED' : 'PROVISIONAL',
    organization,
    stayStart: '2026-10-31T16:00:00.000000Z',
    stayEnd: '2026-11-30T16:00:00.000000Z',
    currency: 'CNY',
    lines,
    resources: (args) =>
      connection(
        lines.map((one, index) => ({
          ...one,
          resource: `mbr_${String(index).padStart(26, '0')}`,
          name: `${instances[index % instances.length]}-0`,
          instanceName: instances[index % instances.length],
          instance: null,
        })),
        args,
      ),
    rounding: hasOwn ? '0.0000640000' : '0',
    ownTotal: hasOwn ? '10457.94' : '0.00',
    childrenTotal: hasOwn ? '0.00' : total,
    subtreeTotal: total,
    taxPercent: organization.parent ? null : '6.0000',
    tax: organization.parent ? null : '627.48',
    payable: organization.parent ? null : '11085.42',
    gaps: hasOwn
      ? [
          {
            resource: 'mbr_1',
            name: 'shop-cache-1',
            start: '2026-11-03T01:00:00.000000Z',
            end: '2026-11-03T01:02:30.000000Z',
            reason: 'missing',
          },
        ]
      : [],
    completeTo: new Date().toISOString(),
    children: below.map((one) => billOf(one, period, plane)),
    closedAt: isClosed ? '2026-11-01T02:00:00.000000Z' : null,
    hash: isClosed ? 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184' : null,
  };
}
