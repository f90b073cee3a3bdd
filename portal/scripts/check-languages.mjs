// Fails if the two languages do not have the same keys with the same placeholders, or if a key is
// used nowhere. That a used key exists is checked by tsc (src/language/keys.d.ts).

import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../src/', import.meta.url).pathname;
const read = (language) => JSON.parse(readFileSync(`${folder}language/${language}.json`, 'utf8'));

function flatten(node, prefix = '') {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flatten(value, `${prefix}${key}.`),
  );
}

const placeholders = (text) =>
  [...text.matchAll(/{{\s*(\w+)\s*}}/g)].map((match) => match[1]).sort();

const en = new Map(flatten(read('en')));
const zh = new Map(flatten(read('zh')));
const problems = [];

for (const [key, text] of en) {
  const other = zh.get(key);
  if (other === undefined) problems.push(`zh.json lacks ${key}`);
  else if (String(placeholders(text)) !== String(placeholders(other)))
    problems.push(`placeholders of ${key} differ`);
  if (text === '' || other === '') problems.push(`${key} is empty`);
}
for (const key of zh.keys()) if (!en.has(key)) problems.push(`en.json lacks ${key}`);

const code = readdirSync(folder, { recursive: true })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(folder + name, 'utf8'))
  .join('\n');
// `t(`state.${state}`)` and `word('meter', …)` use every key of their family.
const families = [
  ...[...code.matchAll(/`([\w.-]+\.)\$\{/g)].map((match) => match[1]),
  ...[...code.matchAll(/word\('([\w.]+)'/g)].map((match) => `${match[1]}.`),
];
for (const key of en.keys()) {
  const used = code.includes(`'${key}'`) || families.some((family) => key.startsWith(family));
  if (!used) problems.push(`${key} is used nowhere`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`languages: ${en.size} keys in en and zh`);
