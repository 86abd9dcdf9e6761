import { afterAll, expect, test } from 'vitest';
import { MemoryStore, ParleyClient } from '../../sdk/typescript/src/index.js';
import { Server } from '../../sdk/typescript/test/server.js';
import { Person, stopBrowser } from './browser.js';

afterAll(stopBrowser);

const MESSAGES = Number(process.env['PARLEY_LONG_MESSAGES'] ?? 3000);
/** With so many in the page typing is measured. */
const LOADED_MAX = Number(process.env['PARLEY_LONG_LOADED'] ?? 1000);
const PASSWORD = 'correct horse battery';

/** Frames while the list is scrolled by `pixels` a frame: the longest and the mean, in milliseconds. */
async function scroll(
  person: Person,
  pixels: number,
  frames: number,
): Promise<{ longest: number; mean: number }> {
  return person.page.evaluate(
    ([step, count]) =>
      new Promise<{ longest: number; mean: number }>((resolve) => {
        const list = document.querySelector('.scroller') as HTMLElement;
        const times: number[] = [];
        let before = performance.now();
        const frame = (now: number): void => {
          times.push(now - before);
          before = now;
          list.dispatchEvent(new WheelEvent('wheel'));
          list.scrollTop += step;
          if (times.length < count) requestAnimationFrame(frame);
          else {
            const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
            resolve({ longest: Math.max(...times), mean });
          }
        };
        requestAnimationFrame(frame);
      }),
    [pixels, frames] as const,
  );
}

test(
  `a conversation of ${MESSAGES} messages: opens at its end, scrolls smoothly, pages back, jumps`,
  async () => {
    const server = await Server.start('[limits]\nsends_per_second = 100000\nsends_burst = 1000000\n');
    const reader = await Person.open(server);
    await reader.register('reader', 'Reader');
    const writer = new ParleyClient({ url: server.url, store: new MemoryStore() });
    await writer.register({ username: 'writer', password: PASSWORD, display_name: 'Writer' });
    writer.start();
    const readerId = (await reader.link()).split('/').at(-1) ?? '';
    const { conversation_id: id } = await writer.openDirect(readerId);
    const say = (at: number): Promise<unknown> =>
      writer.rest.call({
        method: 'POST',
        path: '/api/messages',
        body: {
          conversation_id: id,
          client_id: `m${at}`,
          content: `message ${at} ${'and so on '.repeat((at * 7) % 40)}`,
        },
      });
    for (let at = 1; at <= MESSAGES; at += 50) {
      const some = Array.from({ length: Math.min(50, MESSAGES - at + 1) }, (_, index) => at + index);
      await Promise.all(some.map(say));
    }
    await reader.page.getByRole('link', { name: /Writer/ }).click();
    // As everything is unread, it opens where the reader left off: at the beginning.
    await reader.page.getByText('New messages').waitFor();
    await reader.page.getByRole('button', { name: 'To the newest message' }).click();
    const end = (): Promise<number> =>
      reader.page.evaluate(() => {
        const list = document.querySelector('.scroller') as HTMLElement;
        return list.scrollHeight - list.scrollTop - list.clientHeight;
      });
    await expect.poll(end).toBeLessThan(80);
    await expect.poll(() => reader.page.locator('.newest').count()).toBe(0);
    const { longest, mean } = await scroll(reader, -120, 240);
    console.log(`scrolling back: ${mean.toFixed(1)} ms a frame, the longest ${longest.toFixed(0)} ms`);
    // On a machine with two busy cores: smooth would be 17.
    expect(mean).toBeLessThan(50);
    const nodes = await reader.page.locator('.scroller .row').count();
    expect(nodes).toBeLessThan(60);
    const loaded = await pageBack(reader, Math.min(MESSAGES, LOADED_MAX));
    const keys = await typing(reader);
    console.log(
      `typing with ${loaded} messages loaded: ${keys.mean.toFixed(1)} ms from a key to its picture, the longest ${keys.longest.toFixed(0)} ms`,
    );
    expect(keys.mean).toBeLessThan(100);
    expect(reader.errors).toEqual([]);
    await reader.close();
    await writer.close();
    await server.close();
  },
  300_000 + MESSAGES * 10,
);

/** Scrolls up until so many messages are loaded; answers how many are. */
async function pageBack({ page }: Person, wanted: number): Promise<number> {
  return page.evaluate(
    async ([most, all]) => {
      const list = document.querySelector('.scroller') as HTMLElement;
      for (;;) {
        const first = /message (\d+)/.exec(list.querySelector('.bubble .text')?.textContent ?? '')?.[1];
        const loaded = all - Number(first ?? all) + 1;
        if (loaded >= most - 50) return loaded;
        list.dispatchEvent(new WheelEvent('wheel'));
        list.scrollTop = 0;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    [wanted, MESSAGES] as const,
  );
}

/** Milliseconds from a key to the frame that shows it. */
async function typing({ page }: Person): Promise<{ longest: number; mean: number }> {
  const box = page.getByRole('textbox', { name: 'Message' });
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(globalThis, { times });
    document.addEventListener(
      'keydown',
      (event) => {
        requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - event.timeStamp)));
      },
      true,
    );
  });
  await box.pressSequentially('typing does not lag behind', { delay: 60 });
  await page.waitForTimeout(500);
  const times = await page.evaluate(() => (globalThis as unknown as { times: number[] }).times);
  return { longest: Math.max(...times), mean: times.reduce((sum, one) => sum + one, 0) / times.length };
}

/** The place of the first bubble that begins below the middle, and what it says. */
async function landmark(person: Person, text?: string): Promise<{ text: string; top: number }> {
  return person.page.evaluate((wanted) => {
    const bubbles = [...document.querySelectorAll('.scroller .bubble .text')];
    const found = bubbles.find((one) =>
      wanted ? one.textContent === wanted : one.getBoundingClientRect().top > innerHeight / 2,
    );
    return { text: found?.textContent ?? '', top: Math.round(found?.getBoundingClientRect().top ?? -1) };
  }, text);
}

test('older pages come in without a jump of what is seen', async () => {
  const server = await Server.start('[limits]\nsends_per_second = 100000\nsends_burst = 1000000\n');
  const writer = new ParleyClient({ url: server.url, store: new MemoryStore() });
  await writer.register({ username: 'writer', password: PASSWORD, display_name: 'Writer' });
  writer.start();
  const reader = await Person.open(server);
  await reader.register('reader', 'Reader');
  await reader.openChat(`${server.url}/#/u/${writer.account?.user.user_id}`, 'Writer');
  const id = reader.page.url().split('/').at(-1) ?? '';
  for (let at = 1; at <= 400; at += 1) {
    const body = { conversation_id: id, client_id: `m${at}`, content: `line ${at}` };
    await writer.rest.call({ method: 'POST', path: '/api/messages', body });
  }
  await reader.sees('line 400');
  await expect.poll(() => reader.page.locator('nav .unread').count()).toBe(0);
  await reader.page.reload();
  await reader.seesNewest('line 400');
  await reader.page.mouse.move(800, 400);
  for (let round = 0; round < 12; round += 1) {
    const before = await landmark(reader);
    await reader.page.mouse.wheel(0, -250);
    await reader.page.waitForTimeout(400);
    const after = await landmark(reader, before.text);
    expect(Math.abs(after.top - (before.top + 250))).toBeLessThanOrEqual(4);
  }
  expect(reader.errors).toEqual([]);
  await reader.close();
  await writer.close();
  await server.close();
}, 120_000);
