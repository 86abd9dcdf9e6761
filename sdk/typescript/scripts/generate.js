// Writes src/generated from the contract in api/: rest.ts from openapi.yaml, frames.ts from
// asyncapi.yaml's schemas. With --check it writes nothing and fails when a file is not current.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const api = new URL('../../../api/', import.meta.url);
const generated = new URL('../src/generated/', import.meta.url);
const options = { rootTypes: true, rootTypesNoSchemaPrefix: true, defaultNonNullable: false };

async function readYaml(name) {
  const document = parse(await readFile(new URL(name, api), 'utf8'), { merge: true });
  for (const schema of Object.values(document.components.schemas)) dropAlternatives(schema);
  return document;
}

// "conversation_id or receiver_id is required" has no type; left in, it makes the whole `unknown`.
function dropAlternatives(schema) {
  if (schema.anyOf?.every((one) => one.required && !one.type)) delete schema.anyOf;
}

// The frames' schemas are JSON Schema as OpenAPI 3.1 has it: one generator serves both documents.
async function framesDocument() {
  const { info, components } = await readYaml('asyncapi.yaml');
  return { openapi: '3.1.0', info, paths: {}, components: { schemas: components.schemas } };
}

async function source(document, from) {
  const types = astToString(await openapiTS(document, options));
  return `// Generated from api/${from} by scripts/generate.js: do not edit.\n${types}`;
}

const files = {
  'rest.ts': await source(await readYaml('openapi.yaml'), 'openapi.yaml'),
  'frames.ts': await source(await framesDocument(), 'asyncapi.yaml'),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const path = new URL(name, generated);
  if (!check) {
    await writeFile(path, text);
    continue;
  }
  const current = await readFile(path, 'utf8').catch(() => '');
  if (current === text) continue;
  console.error(`src/generated/${name} is not current: npm run generate`);
  stale += 1;
}
if (stale > 0) process.exit(1);
