import { afterEach, expect, test } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { Server } from '../../sdk/typescript/test/server.js';
import { PASSWORD, startBrowser } from './browser.js';
import { hosted } from './cast.js';

// The clients that the specifications print, run as they stand in a page that has nothing else. They run by the
// debugger, as if they were typed into the console: the pages' own policy allows no inline script.

interface Grant {
  user: { user_id: string; username: string };
  access_token: string;
}
type Frame = Record<string, unknown>;

let server: Server;
const contexts: BrowserContext[] = [];

hosted((one) => (server = one));
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

let count = 0;

/** A browser of somebody's own, on a page of the server itself. */
async function page(): Promise<Page> {
  const context = await (await startBrowser()).newContext();
  contexts.push(context);
  const one = await context.newPage();
  one.setDefaultTimeout(15_000);
  await one.goto(server.url);
  return one;
}

/** Registers in that page, as its script would; with `cookie`, the browser is logged in. */
async function register(on: Page, name: string, cookie = false): Promise<Grant> {
  return await on.evaluate(
    async (body) => {
      const answer = await fetch('/api/auth/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (answer.status !== 201) throw new Error(await answer.text());
      return (await answer.json()) as Grant;
    },
    { username: `${name}-${++count}`, password: PASSWORD, cookie },
  );
}

/** What the page says on its console, from now on, as the arguments of console.log. */
function said(on: Page): { next: () => Promise<unknown[]> } {
  const lines: Promise<unknown[]>[] = [];
  const waiting: ((line: Promise<unknown[]>) => void)[] = [];
  on.on('console', (message) => {
    if (message.type() !== 'log') return;
    const line = Promise.all(message.args().map((one) => one.jsonValue() as Promise<unknown>));
    const first = waiting.shift();
    if (first) first(line);
    else lines.push(line);
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => reject(new Error('nothing on the console')), 15_000);
        const take = (line: Promise<unknown[]>): void => {
          clearTimeout(deadline);
          resolve(line);
        };
        const line = lines.shift();
        if (line) take(line);
        else waiting.push(take);
      }),
  };
}

/** Opens `ws` in the page; every frame goes to its console. */
const LISTEN = `
  ws = new WebSocket('ws://' + location.host + '/ws');
  ws.onmessage = e => console.log(JSON.parse(e.data));
  new Promise((open, closed) => { ws.onopen = () => open(); ws.onclose = () => closed(new Error('closed')); });
`;

test('the long one: auth, send_message, new_message, ack, heartbeat', async () => {
  const [ada, bob] = [await page(), await page()];
  const [atAda, atBob] = [said(ada), said(bob)];
  const [grantAda, grantBob] = [await register(ada, 'ada'), await register(bob, 'bob')];
  const sessions: [Page, ReturnType<typeof said>, Grant][] = [
    [ada, atAda, grantAda],
    [bob, atBob, grantBob],
  ];
  for (const [on, hears, grant] of sessions) {
    await on.evaluate(LISTEN);
    await on.evaluate(
      `token = ${JSON.stringify(grant.access_token)}; ws.send(JSON.stringify({type: 'auth', token}))`,
    );
    const [success] = (await hears.next()) as [Frame];
    expect(success).toMatchObject({ type: 'auth_success', user_id: grant.user.user_id });
    expect(success['session_id']).toEqual(expect.any(String));
  }
  const receiver_id = grantBob.user.user_id;
  const conversation_id = await ada.evaluate(
    async ([user_id, token]) => {
      const answer = await fetch('/api/conversations', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ user_id }),
      });
      return ((await answer.json()) as { conversation_id: string }).conversation_id;
    },
    [receiver_id, grantAda.access_token] as const,
  );
  await ada.evaluate(`
    conversation_id = '${conversation_id}'; receiver_id = '${receiver_id}';
    ws.send(JSON.stringify(
      {type: 'send_message', conversation_id, receiver_id, content: 'Hello!', message_type: 'text'}
    ))`);
  const [message] = (await atBob.next()) as [Frame];
  expect(message).toMatchObject({ type: 'new_message', sender_id: grantAda.user.user_id, content: 'Hello!' });
  expect(message['message_id']).toEqual(expect.any(String));
  expect(Date.parse(String(message['timestamp']))).not.toBeNaN();
  const [sent] = (await atAda.next()) as [Frame];
  expect(sent).toMatchObject({ type: 'ack', message_id: message['message_id'], status: 'sent' });
  await bob.evaluate(`
    message_id = '${String(message['message_id'])}';
    ws.send(JSON.stringify({type: 'ack', message_id, status: 'delivered'}))`);
  const [receipt] = (await atAda.next()) as [Frame];
  expect(receipt).toMatchObject({
    type: 'ack',
    message_id: message['message_id'],
    user_id: receiver_id,
    status: 'delivered',
  });
  await bob.evaluate(`ws.send(JSON.stringify({type: 'heartbeat'}))`);
  expect((await atBob.next())[0]).toMatchObject({ type: 'heartbeat_ack' });
});

test('the short one on /, logged in by a cookie', async () => {
  const [ada, bob] = [await page(), await page()];
  const [atAda, atBob] = [said(ada), said(bob)];
  const grants = [await register(ada, 'ada', true), await register(bob, 'bob', true)] as const;
  for (const on of [ada, bob]) {
    await on.evaluate(`
      const socket = new WebSocket('${server.url.replace('http:', 'ws:')}');
      socket.onmessage = e => { const data = JSON.parse(e.data); console.log(data.from, data.msg) };
      globalThis.socket = socket;
      new Promise((open, closed) => { socket.onopen = () => open(); socket.onclose = () => closed(new Error('closed')); });
    `);
  }
  for (const to of [grants[1].user.user_id, grants[1].user.username]) {
    await ada.evaluate(`socket.send(JSON.stringify({to: '${to}', msg: 'Hello World!'}))`);
    expect(await atBob.next()).toEqual([grants[0].user.username, 'Hello World!']);
    // Its own ack comes by the same handler and has neither field.
    expect(await atAda.next()).toEqual([undefined, undefined]);
  }
});

test('the short one is refused without a login', async () => {
  const stranger = await page();
  const outcome = await stranger.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('${server.url.replace('http:', 'ws:')}');
    socket.onopen = () => resolve('open');
    socket.onclose = () => resolve('closed');
  })`);
  expect(outcome).toBe('closed');
});

test('/docs shows every operation and every frame, and breaks no rule of its policy', async () => {
  const one = await page();
  const errors: string[] = [];
  one.on('pageerror', (error) => errors.push(String(error)));
  one.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await one.goto(`${server.url}/docs`);
  const wanted = await one.evaluate(async () => {
    type Named = Record<string, unknown>;
    const rest = (await (await fetch('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const frames = (await (await fetch('/asyncapi.json')).json()) as {
      components: { messages: Named };
      channels: { short: { messages: Named } };
    };
    return [
      ...Object.entries(rest.paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, one]) => (one.operationId ? `${method} ${path}` : [])),
      ),
      ...Object.keys(frames.components.messages),
      ...Object.keys(frames.channels.short.messages),
    ];
  });
  expect(wanted.length).toBeGreaterThan(90);
  await one.locator(`[id="${wanted.at(-1)!}"]`).waitFor();
  const shown = await one.locator('details').evaluateAll((all) => all.map(({ id }) => id));
  expect(wanted.filter((id) => !shown.includes(id))).toEqual([]);
  expect(errors).toEqual([]);
});
