import type { Event, TimelineState } from 'parley-client';
import { expect, test } from 'vitest';
import { nextExpiry, rowsOf, type Row } from './rows';

function message(seq: number, sender: string, time: string): Event {
  return {
    type: 'new_message',
    message_id: `m${seq}`,
    conversation_id: 'c',
    seq,
    sender_id: sender,
    sender_device_id: null,
    content: `${seq}`,
    message_type: 'text',
    timestamp: `2026-03-0${time}:00.000Z`,
  };
}

function state(events: Event[], more: Partial<TimelineState> = {}): TimelineState {
  return { events, hasOlder: false, hasNewer: false, pending: [], ...more };
}

/** m1(oc) is a message that opens and closes a group. */
function short(rows: Row[]): string {
  return rows
    .map((row) => {
      if (row.kind === 'message') {
        return `${row.key}(${row.opens ? 'o' : ''}${row.closes ? 'c' : ''})`;
      }
      return row.kind;
    })
    .join(' ');
}

const events = [
  message(1, 'ada', '1T12:00'),
  message(2, 'ada', '1T12:01'),
  message(3, 'bob', '1T12:02'),
  message(4, 'bob', '1T12:20'),
  message(5, 'ada', '2T12:20'),
];

test('days, and messages that stand together', () => {
  const rows = rowsOf(state(events), { me: 'ada', unreadAfter: null });
  expect(short(rows)).toBe('day m1(o) m2(c) m3(oc) m4(oc) day m5(oc)');
});

test('the first day is told only where the log begins', () => {
  const rows = rowsOf(state(events.slice(0, 1), { hasOlder: true }), { me: 'ada', unreadAfter: null });
  expect(short(rows)).toBe('m1(oc)');
});

test('the unread line stands before the first unread of others', () => {
  const rows = rowsOf(state(events), { me: 'ada', unreadAfter: 1 });
  expect(short(rows)).toBe('day m1(o) m2(c) unread m3(oc) m4(oc) day m5(oc)');
});

test('voids, changes and hidden messages have no row', () => {
  const log: Event[] = [
    ...events.slice(0, 2),
    { type: 'void', conversation_id: 'c', seq: 3 },
    {
      type: 'message_edited',
      message_id: 'm4',
      conversation_id: 'c',
      seq: 4,
      sender_id: 'ada',
      sender_device_id: null,
      target_id: 'm1',
      content: 'x',
      timestamp: '2026-03-01T12:03:00.000Z',
    },
  ];
  const rows = rowsOf(state(log), { me: 'ada', unreadAfter: null, hidden: [2] });
  expect(short(rows)).toBe('day m1(oc)');
});

test('what has expired is not shown, and it is known when the next one does', () => {
  const lasting = message(1, 'ada', '1T12:00');
  const brief = { ...message(2, 'ada', '1T12:00'), ttl_seconds: 60 } as Event;
  const sent = Date.parse('2026-03-01T12:00:00.000Z');
  const at = (now: number): string =>
    short(rowsOf(state([lasting, brief]), { me: 'me', unreadAfter: null, now }));
  expect(at(sent)).toContain('m2');
  expect(at(sent + 60_000)).not.toContain('m2');
  expect(nextExpiry([lasting, brief], sent)).toBe(sent + 60_000);
  expect(nextExpiry([lasting, brief], sent + 60_000)).toBeUndefined();
});
