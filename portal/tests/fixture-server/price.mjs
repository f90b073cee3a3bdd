// Made-up prices, and examples of how to connect.

export const price = (count) => ({
  currency: 'CNY',
  perHour: `0.${String(12 * count).padStart(2, '0')}0000000000`.slice(0, 12),
  perMonth: ((12 * count * 720) / 100).toFixed(10),
  lines: [
    {
      meter: 'member_seconds',
      quantityPerHour: String(3600 * count),
      unitPrice: '0.12',
      per: '3600',
      perHour: `0.${String(12 * count).padStart(2, '0')}00000000`,
      reason: null,
    },
    {
      meter: 'storage_mib_seconds',
      quantityPerHour: String(3686400 * count),
      unitPrice: null,
      per: null,
      perHour: '0',
      reason: 'no price',
    },
  ],
});

export const examples = (password) => [
  {
    title: { en: 'Command line, asks for the password', zh: '命令行（会提示输入密码）' },
    text: 'redis-cli -h 127.0.0.1 -p 20000 --askpass',
  },
  { title: { en: 'Address', zh: '地址' }, text: `redis://:${password}@127.0.0.1:20000/0` },
];
