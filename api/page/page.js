// Shows /openapi.json and /asyncapi.json for people. Text goes into the page as text, never as markup: what the
// documents say cannot become a part of the page.

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** What a reference like "#/components/schemas/User" names, else the value itself. */
function resolve(root, value) {
  let found = value;
  for (let depth = 0; found && found.$ref && depth < 8; ++depth) {
    found = found.$ref.slice(2).split('/').reduce(
      (at, part) => at && at[part.replaceAll('~1', '/').replaceAll('~0', '~')], root);
  }
  return found ?? {};
}

function typeOf(root, schema) {
  if (schema.$ref) return schema.$ref.split('/').pop();
  for (const word of ['oneOf', 'anyOf', 'allOf']) {
    if (schema[word]) return schema[word].map(one => typeOf(root, one)).join(word === 'allOf' ? ' and ' : ' or ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(one => JSON.stringify(one)).join(' | ');
  const type = [schema.type].flat().filter(Boolean).join(' or ') || 'any';
  return schema.items ? `${type} of ${typeOf(root, schema.items)}` : schema.format ? `${type} (${schema.format})` : type;
}

function fieldsTable(root, schema) {
  const of = resolve(root, schema);
  const rows = [of, ...(of.allOf ?? []).map(one => resolve(root, one))].flatMap(
    part => Object.entries(part.properties ?? {}).map(([name, field]) => make('tr', {},
      make('td', {}, make('code', {textContent: name + ((part.required ?? []).includes(name) ? '' : '?')})),
      make('td', {textContent: typeOf(root, field)}),
      make('td', {textContent: resolve(root, field).description ?? ''}))));
  return rows.length === 0 ? make('p', {}, make('code', {textContent: typeOf(root, schema)}))
    : make('table', {}, make('tbody', {}, ...rows));
}

function exampleOf(root, media) {
  const first = media.example ?? Object.values(media.examples ?? {})[0];
  const value = first && first.value !== undefined ? first.value : first;
  return value === undefined ? null : make('pre', {}, make('code', {textContent: JSON.stringify(value, null, 2)}));
}

function body(root, title, content) {
  return Object.entries(content ?? {}).flatMap(([type, media]) => [
    make('p', {textContent: `${title} (${type})`}), fieldsTable(root, media.schema ?? {}), exampleOf(root, media)]);
}

function operation(root, path, method, call) {
  const answers = Object.entries(call.responses ?? {}).flatMap(([status, one]) => {
    const answer = resolve(root, one);
    return [make('p', {}, make('strong', {textContent: status}), ' ' + (answer.description ?? '')),
      ...body(root, 'Answer', answer.content)];
  });
  const parameters = (call.parameters ?? []).map(one => resolve(root, one)).map(one => make('tr', {},
    make('td', {}, make('code', {textContent: one.name + (one.required ? '' : '?')})),
    make('td', {textContent: `${one.in}, ${typeOf(root, one.schema ?? {})}`}),
    make('td', {textContent: one.description ?? ''})));
  return make('details', {id: `${method} ${path}`},
    make('summary', {}, make('span', {className: 'method', textContent: method.toUpperCase()}),
      make('code', {textContent: path}), ' ' + (call.summary ?? '')),
    make('p', {textContent: call.description ?? ''}),
    parameters.length ? make('table', {}, make('tbody', {}, ...parameters)) : null,
    ...body(root, 'Body', resolve(root, call.requestBody ?? {}).content), ...answers);
}

function rest(openapi) {
  return Object.entries(openapi.paths).flatMap(([path, item]) => METHODS.filter(method => item[method])
    .map(method => operation(openapi, path, method, item[method])));
}

function frames(asyncapi) {
  // Those of the channels too, which are written where they are used.
  const inChannels = Object.values(asyncapi.channels ?? {}).flatMap(channel => Object.entries(channel.messages ?? {}))
    .filter(([, message]) => !message.$ref);
  return [...Object.entries(asyncapi.components?.messages ?? {}), ...inChannels].map(([name, one]) => {
    const message = resolve(asyncapi, one);
    const examples = (message.examples ?? []).map(example => make('pre', {},
      make('code', {textContent: JSON.stringify(example.payload, null, 2)})));
    return make('details', {id: name},
      make('summary', {}, make('code', {textContent: message.name ?? name}), ' ' + (message.summary ?? '')),
      make('p', {textContent: message.description ?? ''}),
      fieldsTable(asyncapi, message.payload ?? {}), ...examples);
  });
}

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function show(main, openapi, asyncapi) {
  main.replaceChildren(
    make('h2', {textContent: 'REST'}), make('p', {textContent: openapi.info.description ?? ''}), ...rest(openapi),
    make('h2', {textContent: 'WebSocket frames'}),
    make('p', {textContent: asyncapi.info.description ?? ''}), ...frames(asyncapi));
}

const main = document.getElementById('main');
try {
  show(main, ...await Promise.all([read('/openapi.json'), read('/asyncapi.json')]));
} catch (error) {
  main.replaceChildren(make('p', {textContent: `The documents could not be read: ${error.message}`}));
}
main.ariaBusy = 'false';
document.getElementById('find').addEventListener('input', event => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const one of main.querySelectorAll('details')) {
    one.hidden = wanted !== '' && !one.textContent.toLowerCase().includes(wanted);
  }
});
