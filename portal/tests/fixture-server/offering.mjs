// The Redis package as the catalogue would publish it, read from the package itself.

import { readFileSync } from 'node:fs';

const folder = new URL('../../../catalog/packages/redis/1.0.0/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const written = JSON.parse(read('parameters.schema.json'));

const plan = (name, en, zh, millivcpu, memoryMib, storageMib) => ({
  __typename: 'Plan',
  id: `pln_${name}`,
  name,
  title: { en, zh },
  size: { millivcpu, memoryMib, storageMib },
});

/** Like the catalogue: limits and defaults that follow the plan are settled. */
export function parameterSchema({ topology }, { size }) {
  const entries = Object.entries(written.properties)
    .filter(([, one]) => !one['x-topologies'] || one['x-topologies'].includes(topology))
    .map(([name, one]) => {
      const share = one['x-maximum-of'] && `${Math.floor((size.memoryMib * 75) / 100)}mb`;
      return [name, share ? { ...one, default: share, 'x-maximum': share } : one];
    });
  const properties = Object.fromEntries(entries);
  const group = (en, zh, parameters) => ({
    title: { en, zh },
    parameters: parameters.filter((name) => name in properties),
  });
  return {
    ...written,
    properties,
    'x-groups': [
      group('Memory', '内存', ['maxmemory', 'maxmemory-policy', 'maxmemory-samples']),
      group('Durability', '持久化', ['appendonly', 'appendfsync', 'save', 'rdbchecksum']),
      group('Connections', '连接', ['maxclients', 'timeout', 'tcp-keepalive']),
    ],
  };
}

export const templates = [
  {
    name: 'throughput',
    title: { en: 'Throughput', zh: '高吞吐' },
    summary: {
      en: 'For caches: evicts, writes to disk when the system likes.',
      zh: '适用于缓存：内存满时淘汰、由系统决定刷盘时机。',
    },
    parameters: { 'maxmemory-policy': 'allkeys-lru', appendfsync: 'no', save: '' },
  },
  {
    name: 'durability',
    title: { en: 'Durability', zh: '高可靠' },
    summary: {
      en: 'For data that must not be lost: every write is on disk before it is answered.',
      zh: '适用于不可丢失的数据：每次写入落盘后才应答。',
    },
    parameters: { appendfsync: 'always', save: '900 1 300 10 60 1000' },
  },
];

export const offering = {
  __typename: 'Offering',
  id: 'off_redis',
  name: 'redis',
  packageVersion: '1.0.0',
  class: 'cache',
  title: { en: 'Redis', zh: 'Redis' },
  summary: {
    en: 'In-memory data store for caches, sessions, counters and queues, kept on disk if you want.',
    zh: '内存数据库，适用于缓存、会话、计数器和队列，可按需持久化到磁盘。',
  },
  description: { en: read('README.en.md'), zh: read('README.zh.md') },
  softwareVersions: ['7.0'],
  topologies: [
    {
      name: 'standalone',
      title: { en: 'Standalone', zh: '单机' },
      summary: {
        en: 'One member. Not available while it restarts.',
        zh: '一个成员，重启期间不可用。',
      },
      memberRoles: ['primary'],
    },
    {
      name: 'primary-replica',
      title: { en: 'Primary and replica', zh: '主从' },
      summary: {
        en: 'A primary that takes writes and a replica that follows it and answers reads.',
        zh: '一个负责写入的主节点和一个跟随它并可供读取的从节点。',
      },
      memberRoles: ['primary', 'replica'],
    },
  ],
  templates,
  plans: [
    plan('small', 'Small', '小型', 500, 256, 1024),
    plan('medium', 'Medium', '中型', 1000, 1024, 4096),
    plan('large', 'Large', '大型', 2000, 4096, 16384),
  ],
  parameterSchema: ({ topology, plan: id }) =>
    parameterSchema(
      { topology },
      offering.plans.find((one) => one.id === id),
    ),
};
