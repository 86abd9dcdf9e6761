import { describe, expect, test, vi } from 'vitest';
import { amend } from '../src/amend.js';
import { Backoff } from '../src/backoff.js';
import { Emitter } from '../src/emitter.js';
import { ParleyError } from '../src/errors.js';
import { randomId } from '../src/ids.js';
import type { Message, MessageEdited, ReactionEvent } from '../src/index.js';
import { addRange, covers, firstMissing, topOf, type Range } from '../src/ranges.js';
import { Serial } from '../src/serial.js';
import { asEvent } from '../src/wire/events.js';

describe('ranges', () => {
  test.each<[Range[], Range, Range[]]>([
    [[], [3, 5], [[3, 5]]],
    [[[3, 5]], [6, 6], [[3, 6]]],
    [[[3, 5]], [1, 2], [[1, 5]]],
    [
      [[3, 5]],
      [8, 9],
      [
        [3, 5],
        [8, 9],
      ],
    ],
    [
      [
        [1, 2],
        [8, 9],
      ],
      [3, 7],
      [[1, 9]],
    ],
    [[[1, 9]], [3, 4], [[1, 9]]],
    [[[1, 2]], [5, 4], [[1, 2]]],
  ])('%j and %j are %j', (ranges, [first, last], expected) => {
    expect(addRange(ranges, first, last)).toEqual(expected);
  });

  test('know what is missing', () => {
    const ranges: Range[] = [
      [1, 3],
      [6, 9],
    ];
    expect(firstMissing(ranges, 1, 9)).toBe(4);
    expect(firstMissing(ranges, 6, 9)).toBeUndefined();
    expect(firstMissing(ranges, 6, 12)).toBe(10);
    expect(covers(ranges, 6, 9)).toBe(true);
    expect(covers(ranges, 3, 6)).toBe(false);
    expect(covers(ranges, 5, 4)).toBe(true);
    expect(topOf(ranges)).toBe(9);
    expect(topOf([])).toBe(0);
  });
});

describe('backoff', () => {
  test('doubles up to its cap, with jitter, and starts again', () => {
    const low = new Backoff(() => 0);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(() => low.next())).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 15000, 15000,
    ]);
    low.reset();
    expect(low.next()).toBe(250);
    const high = new Backoff(() => 0.999999);
    expect([1, 2, 3].map(() => high.next())).toEqual([500, 1000, 2000]);
  });
});

describe('amend', () => {
  const message: Message = {
    type: 'new_message',
    message_id: 'm1',
    conversation_id: 'c',
    seq: 1,
    sender_id: 'ada',
    sender_device_id: null,
    content: 'one',
    message_type: 'text',
    timestamp: '2026-01-01T00:00:00.000Z',
  };
  const head = {
    message_id: 'm2',
    conversation_id: 'c',
    seq: 2,
    sender_id: 'bob',
    sender_device_id: null,
    target_id: 'm1',
    timestamp: '2026-01-01T00:01:00.000Z',
  };
  const edit: MessageEdited = { ...head, type: 'message_edited', content: 'two' };
  const like: ReactionEvent = { ...head, type: 'reaction', emoji: '👍' };

  test('an edit', () => {
    expect(amend(message, edit)).toMatchObject({ content: 'two', edited_at: head.timestamp });
  });

  test('where not all who reacted are named, the number goes on', () => {
    const many = { ...message, reactions: [{ emoji: '👍', user_ids: ['u9'], count: 120 }] };
    const more = amend(many, like);
    expect(more.reactions?.[0]?.count).toBe(121);
    expect(amend(more, like).reactions?.[0]?.count).toBe(121);
    expect(amend(more, { ...like, removed: true }).reactions).toEqual(many.reactions);
  });

  test('a deletion takes the content, and an edit does not bring it back', () => {
    const deleted = amend(amend(message, like), { ...head, type: 'message_deleted' });
    expect(deleted).toMatchObject({ deleted: true });
    expect(deleted).not.toHaveProperty('content');
    expect(deleted).not.toHaveProperty('reactions');
    expect(amend(deleted, edit)).not.toHaveProperty('content');
  });

  test('reactions come once for each person, and go', () => {
    const twice = amend(amend(message, like), like);
    expect(twice.reactions).toEqual([{ emoji: '👍', user_ids: ['bob'] }]);
    const both = amend(twice, { ...like, sender_id: 'eve' });
    expect(both.reactions).toEqual([{ emoji: '👍', user_ids: ['bob', 'eve'] }]);
    const gone = amend(amend(both, { ...like, removed: true }), {
      ...like,
      sender_id: 'eve',
      removed: true,
    });
    expect(gone).not.toHaveProperty('reactions');
  });
});

test('an event of an unknown type counts as void', () => {
  const unknown = { type: 'poll_opened', conversation_id: 'c', seq: 4, question: '?' };
  expect(asEvent(unknown)).toEqual({ type: 'void', conversation_id: 'c', seq: 4 });
});

test('which errors are definite', () => {
  const definite = (code: ParleyError['code']): boolean => new ParleyError(code, '').definite;
  expect(definite('forbidden')).toBe(true);
  expect(definite('rate_limited')).toBe(true);
  expect(['unavailable', 'internal', 'offline', 'timeout'].map((code) => definite(code as never))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('ids are UUIDs of version 4', () => {
  const ids = Array.from({ length: 100 }, randomId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(ids).size).toBe(100);
});

test('an emitter stops telling who has ended', () => {
  const emitter = new Emitter<{ tick: number }>();
  const heard = vi.fn();
  const end = emitter.on('tick', heard);
  emitter.emit('tick', 1);
  end();
  emitter.emit('tick', 2);
  expect(heard.mock.calls).toEqual([[1]]);
});

test('serial acts do not overlap, and a failure does not stop the next', async () => {
  const serial = new Serial();
  const order: string[] = [];
  const slow = serial.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('slow');
    throw new Error('failed');
  });
  const quick = serial.run(async () => order.push('quick'));
  await expect(slow).rejects.toThrow('failed');
  await quick;
  expect(order).toEqual(['slow', 'quick']);
});
