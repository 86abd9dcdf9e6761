import { expect, test } from 'vitest';
import { dayAfter, startOfDay } from './days';

test('a day begins at midnight here, and ends where the next begins, also over a month and a leap day', () => {
  expect(new Date(startOfDay('2026-03-01')).getHours()).toBe(0);
  expect(dayAfter('2028-02-28')).toBe(startOfDay('2028-02-29'));
  expect(dayAfter('2026-12-31')).toBe(startOfDay('2027-01-01'));
});
