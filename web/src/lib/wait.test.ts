import { expect, test } from 'vitest';
import { waitText } from './wait';

test('a wait is told in seconds, then in minutes, and is never nothing', () => {
  expect(waitText(0, 'en')).toBe('1 second');
  expect(waitText(11_200, 'en')).toBe('12 seconds');
  expect(waitText(90_000, 'de')).toBe('2 Minuten');
  expect(waitText(5_000, 'zh')).toContain('5');
});
