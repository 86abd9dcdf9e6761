// Writes x.br and x.gz beside each file of dist that gets smaller by it, and says how much a first load is.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
/** Of JavaScript and CSS that the start page links, gzipped. */
const FIRST_LOAD_MAX = 150 * 1024;
const TEXT = /\.(html|js|css|json|svg|webmanifest)$/;

const names = await readdir(dist, { recursive: true, withFileTypes: true });
const files = names.filter((entry) => entry.isFile() && TEXT.test(entry.name));
const gzipped = new Map();
for (const entry of files) {
  const path = `${entry.parentPath}/${entry.name}`;
  const bytes = await readFile(path);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  gzipped.set(entry.name, gzip.length);
  if (gzip.length < bytes.length) await writeFile(`${path}.gz`, gzip);
  if (brotli.length < bytes.length) await writeFile(`${path}.br`, brotli);
}

const html = await readFile(new URL('index.html', dist), 'utf8');
const linked = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.(?:js|css))"/g)].map(([, name]) => name);
const first = linked.reduce((sum, name) => sum + gzipped.get(name), 0);
console.log(`first load: ${(first / 1024).toFixed(1)} KiB gzipped in ${linked.length} files`);
if (linked.length === 0 || first > FIRST_LOAD_MAX) {
  console.error(`it may be ${FIRST_LOAD_MAX / 1024} KiB, and must not be nothing`);
  process.exit(1);
}
