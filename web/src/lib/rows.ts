import {
  isAmendment,
  isExpired,
  type Event,
  type Message,
  type OutboxEntry,
  type TimelineState,
} from 'parley-client';

/** One line of the list of messages. */
export type Row =
  | { kind: 'day'; key: string; iso: string }
  | { kind: 'unread'; key: string }
  | { kind: 'message'; key: string; message: Message; opens: boolean; closes: boolean }
  | { kind: 'pending'; key: string; entry: OutboxEntry; opens: boolean; closes: boolean }
  | { kind: 'notice'; key: string; event: Notice };

export type Notice = Exclude<
  Event,
  { type: 'new_message' | 'void' | 'message_edited' | 'message_deleted' | 'reaction' }
>;

export interface RowsOptions {
  me: string;
  /** The unread line stands before the first message of others after this place. */
  unreadAfter: number | null;
  /** Places of messages that this user has hidden. */
  hidden?: readonly number[];
  /** Messages whose time is over by then are not shown. */
  now?: number;
}

/** Messages of one sender within this time stand close together. */
const TOGETHER_MS = 5 * 60_000;

/** What a window on a log looks like. */
export function rowsOf(state: TimelineState, options: RowsOptions): Row[] {
  const hidden = new Set(options.hidden);
  const shown = state.events.filter(
    (event) => isShown(event) && !hidden.has(event.seq) && !isExpired(event, options.now ?? 0),
  ) as (Message | Notice)[];
  const rows: Row[] = [];
  let unread = options.unreadAfter;
  shown.forEach((event, at) => {
    const before = shown[at - 1];
    const after = shown[at + 1];
    // The first day is told once it is known that it begins here: a page loaded above would move it.
    const first = before === undefined && !state.hasOlder;
    const newDay = first || (before !== undefined && !sameDay(before.timestamp, event.timestamp));
    if (newDay) rows.push({ kind: 'day', key: `day:${event.seq}`, iso: event.timestamp });
    let line = false;
    if (unread !== null && event.seq > unread && isOfOthers(event, options.me)) {
      rows.push({ kind: 'unread', key: 'unread' });
      unread = null;
      line = true;
    }
    if (event.type !== 'new_message') {
      rows.push({ kind: 'notice', key: event.message_id, event });
      return;
    }
    rows.push({
      kind: 'message',
      key: event.client_id ?? event.message_id,
      message: event,
      opens: line || newDay || !together(before, event),
      closes: !together(event, after),
    });
  });
  return [...rows, ...pendingRows(state.pending, shown.at(-1), options.me)];
}

function pendingRows(pending: readonly OutboxEntry[], last: Event | undefined, me: string): Row[] {
  return pending.map((entry, at) => ({
    kind: 'pending',
    key: entry.client_id,
    entry,
    opens: at === 0 && !(last?.type === 'new_message' && last.sender_id === me),
    closes: at === pending.length - 1,
  }));
}

export function isShown(event: Event): event is Message | Notice {
  return event.type !== 'void' && !isAmendment(event);
}

function isOfOthers(event: Message | Notice, me: string): boolean {
  return event.type === 'new_message' && event.sender_id !== me;
}

function together(a: Event | undefined, b: Event | undefined): boolean {
  if (a?.type !== 'new_message' || b?.type !== 'new_message') return false;
  if (a.sender_id !== b.sender_id || !sameDay(a.timestamp, b.timestamp)) return false;
  return Date.parse(b.timestamp) - Date.parse(a.timestamp) < TOGETHER_MS;
}

function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** When the next of these messages is over, in milliseconds; undefined when none will be. */
export function nextExpiry(events: readonly Event[], now: number): number | undefined {
  const ends = events.flatMap((event) => {
    if (event.type !== 'new_message' || event.ttl_seconds === undefined) return [];
    const end = Date.parse(event.timestamp) + event.ttl_seconds * 1000;
    return end > now ? [end] : [];
  });
  return ends.length > 0 ? Math.min(...ends) : undefined;
}
