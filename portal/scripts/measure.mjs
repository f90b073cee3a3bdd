// How much a browser loads for the first page (the list of instances), gzipped. Fails above the goal.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const GOAL_KIB = 250;
const dist = new URL('../test-results/measure/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'));

const files = new Set(['index.html']);
function add(key) {
  const entry = manifest[key];
  if (!entry || files.has(entry.file)) return;
  files.add(entry.file);
  for (const css of entry.css ?? []) files.add(css);
  for (const next of entry.imports ?? []) add(next);
}
['index.html', 'src/ui/Frame.tsx', 'src/routes/instance/InstanceList.tsx'].forEach(add);
add('src/language/zh.json');

const bytes = [...files].reduce(
  (total, file) => total + gzipSync(readFileSync(dist + file), { level: 9 }).length,
  0,
);
const kib = (bytes / 1024).toFixed(1);
console.log(`first page: ${kib} KiB gzip in ${files.size} files (goal ${GOAL_KIB} KiB)`);
if (bytes > GOAL_KIB * 1024) process.exit(1);
