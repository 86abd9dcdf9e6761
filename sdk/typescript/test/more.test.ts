import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, parseMetrics, type ParleyClient } from '../src/index.js';
import { person, secondDevice, until } from './people.js';
import { Server } from './server.js';

// People, search, one's account, administration. The first account of a server is its operator.
const PASSWORD = 'correct horse battery';
let server: Server;
let operator: ParleyClient;
const open: ParleyClient[] = [];

beforeAll(async () => {
  server = await Server.start();
  operator = await person(server, 'olga');
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

async function newcomer(name: string): Promise<ParleyClient> {
  const client = await person(server, name);
  open.push(client);
  return client;
}

/** The code that a call fails with. */
async function refusal(act: Promise<unknown>): Promise<string | undefined> {
  return act.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );
}

test('contacts: added, named, blocked, listed, removed; a block outlives its contact', async () => {
  const [ada, bob] = [await newcomer('ada'), await newcomer('bob')];
  const userId = bob.account?.user.user_id ?? '';
  const { conversation_id } = await ada.openDirect(userId);
  expect(await ada.contacts.add({ user_id: userId, nickname: 'Bobby' })).toMatchObject({ blocked: false });
  expect(await ada.contacts.change(userId, { blocked: true })).toMatchObject({
    nickname: 'Bobby',
    blocked: true,
  });
  expect((await ada.contacts.all()).map((one) => one.user_id)).toEqual([userId]);
  await until(
    () => ada.conversation(conversation_id)?.blocked === true,
    'the conversation tells of the block',
  );
  await ada.contacts.remove(userId);
  expect(await ada.contacts.all()).toEqual([]);
  expect(ada.conversation(conversation_id)?.blocked).toBe(true);
  expect(await refusal(ada.contacts.remove(userId))).toBe('not_found');
});

test('search: by words, conversation, sender and date, page by page, marked', async () => {
  const [ada, bob] = [await newcomer('ada'), await newcomer('bob')];
  const { conversation_id } = await ada.openDirect(bob.account?.user.user_id ?? '');
  for (const content of ['a red kite', 'a red rose', 'a blue kite'])
    await ada.send({ conversation_id, content });
  const q = 'kite';
  const found = await until(async () => {
    const page = await ada.search({ q });
    if (page.items.length === 2) return page;
    // A person has so much patience, and the server a limit.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return undefined;
  }, 'both are found');
  expect(found.items.map((one) => one.content)).toEqual(['a blue kite', 'a red kite']);
  expect(found.items[0]?.highlight).toContainEqual({ text: 'kite', match: true });
  const first = await ada.search({ q, limit: 1, sender_id: 'me', conversation_id });
  expect(first.items).toHaveLength(1);
  const second = await ada.search({ q, limit: 1, before: first.next ?? '' });
  expect(second.items.map((one) => one.content)).toEqual(['a red kite']);
  expect((await ada.search({ q, before: '2020-01-01' })).items).toEqual([]);
  expect((await ada.search({ q, sender_id: bob.account?.user.user_id ?? '' })).items).toEqual([]);
});

test('an export is a zip; an account ends by its password alone, and other devices with it', async () => {
  const ada = await newcomer('ada');
  const phone = await secondDevice(server, ada);
  open.push(phone);
  const wish = await ada.rest.wishExport();
  const zip = await until(() => ada.rest.exported(wish), 'the export is ready', 60);
  expect(new TextDecoder().decode((await zip.arrayBuffer()).slice(0, 2))).toBe('PK');
  expect(await refusal(ada.deleteAccount('wrong horse battery'))).toBe('forbidden');
  await until(() => ada.synced, 'it goes on as before');
  const ends: string[] = [];
  ada.events.on('signed_out', (reason) => ends.push(reason));
  phone.events.on('signed_out', (reason) => ends.push(`phone: ${reason}`));
  await ada.deleteAccount(PASSWORD);
  await until(() => ends.length === 2, 'both devices have ended');
  expect(ends.sort()).toEqual(['deleted', 'phone: revoked']);
  expect(ada.account).toBeNull();
});

describe('administration', () => {
  test('is for operators alone', async () => {
    const ada = await newcomer('ada');
    expect(await refusal(ada.admin.statistics())).toBe('forbidden');
    expect(await operator.admin.statistics()).toMatchObject({ registrations: 'open' });
  });

  test('finds an account, disables it, gives it a new password', async () => {
    const ada = await newcomer('ada');
    const { username, user_id } = ada.account?.user ?? { username: '', user_id: '' };
    const { items } = await operator.admin.accounts(username);
    expect(items.map((one) => one.user_id)).toEqual([user_id]);
    expect(await operator.admin.changeAccount(user_id, { disabled: true })).toMatchObject({ username });
    await until(() => ada.account === null, 'its devices have ended');
    expect(await refusal(ada.logIn({ login: username, password: PASSWORD }))).toBe('forbidden');
    await operator.admin.changeAccount(user_id, { disabled: false });
    const { reset_token } = await operator.admin.resetPassword(user_id);
    await ada.resetPassword(reset_token, 'another horse battery');
    await ada.logIn({ login: username, password: 'another horse battery' });
    expect(await refusal(ada.resetPassword(reset_token, 'a third horse battery'))).toBe('unauthorized');
  });

  test('invites, reports, audit, figures', async () => {
    const [ada, bob] = [await newcomer('ada'), await newcomer('bob')];
    const invite = await operator.admin.invite({ note: 'for Eve', uses: 2 });
    expect(invite.code).toMatch(/^pin_/);
    await operator.admin.revokeInvite(invite.invite_id);
    const kept = (await operator.admin.invites()).items.find((one) => one.invite_id === invite.invite_id);
    expect(kept?.revoked_at).toBeTruthy();
    const user_id = bob.account?.user.user_id ?? '';
    const { report_id } = await ada.rest.report({ user_id, reason: 'for a test' });
    expect((await operator.admin.reports()).items[0]).toMatchObject({ report_id, user_id });
    expect(await operator.admin.closeReport(report_id, 'it was one')).toMatchObject({ note: 'it was one' });
    expect((await operator.admin.reports()).items).toEqual([]);
    const actions = (await operator.admin.audit()).items.map((one) => one.action);
    expect(actions).toContain('invite.revoked');
    const metrics = await operator.admin.metrics();
    expect(metrics.value('parley_sessions')).toBeGreaterThanOrEqual(3);
    expect(metrics.buckets('parley_commit_latency_seconds')?.at(-1)?.le).toBe(Infinity);
  });
});

test('figures: labels are summed, quantiles are told from buckets, since an earlier look', () => {
  const at = (quick: number, slow: number): ReturnType<typeof parseMetrics> =>
    parseMetrics(
      [
        '# HELP took_seconds Time.',
        `took_seconds_bucket{le="0.001"} ${quick}`,
        `took_seconds_bucket{le="0.01"} ${quick + slow}`,
        `took_seconds_bucket{le="+Inf"} ${quick + slow}`,
        'seen_total{kind="a"} 2',
        'seen_total{kind="b"} 3',
        'no line at all',
      ].join('\n'),
    );
  const [before, now] = [at(1000, 0), at(1000, 100)];
  expect(now.value('seen_total')).toBe(5);
  expect(now.value('missing')).toBeUndefined();
  expect(now.quantile('took_seconds', 0.5)).toBeCloseTo(0.00055, 5);
  expect(now.quantile('took_seconds', 0.5, before)).toBeCloseTo(0.0055, 5);
  expect(now.quantile('took_seconds', 0.5, now)).toBeUndefined();
});
