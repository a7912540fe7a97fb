import { expect, test } from 'vitest';
import { momentOf } from './moment-text';

const now = new Date(2026, 10, 25, 18, 0);
const local = (day: number, hour: number, minute = 0): string => new Date(2026, 10, day, hour, minute).toISOString();

test('a number is a position, however it is grouped', () => {
  for (const text of ['41203', '#41203', '41,203', '41.203']) expect(momentOf(text, now)).toBe('41203');
  expect(momentOf('0', now)).toBeNull();
});

test('days and clocks, in both languages', () => {
  expect(momentOf('yesterday 9pm', now)).toBe(local(24, 21));
  expect(momentOf('gestern 21:00', now)).toBe(local(24, 21));
  expect(momentOf('vorgestern um 7 Uhr', now)).toBe(local(23, 7));
  expect(momentOf('today', now)).toBe(local(25, 12));
  expect(momentOf('tue 14:02', now)).toBe(local(24, 14, 2));
  expect(momentOf('Mittwoch', now)).toBe(local(18, 12));
  expect(momentOf('14:30', now)).toBe(local(25, 14, 30));
});

test('so long ago', () => {
  expect(momentOf('2 hours ago', now)).toBe(local(25, 16));
  expect(momentOf('an hour ago', now)).toBe(local(25, 17));
  expect(momentOf('vor 3 Tagen', now)).toBe(local(22, 18));
});

test('dates', () => {
  expect(momentOf('2026-11-23 14:02', now)).toBe(local(23, 14, 2));
  expect(momentOf('2026-11-23T14:02Z', now)).toBe('2026-11-23T14:02Z');
  expect(momentOf('23.11. 8:15', now)).toBe(local(23, 8, 15));
});

test('what is no moment', () => {
  for (const text of ['', 'soon', 'yesterday 25:00', 'vor langem', '99:99']) expect(momentOf(text, now)).toBeNull();
});
