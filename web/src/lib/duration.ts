const UNITS = { week: 604_800, day: 86_400, hour: 3_600, minute: 60, second: 1 };

export type Unit = keyof typeof UNITS;

/** In the largest unit of which it is a whole number: 7200 is 2 hours, 86,400 is 1 day. */
export function durationOf(seconds: number): [count: number, unit: Unit] {
  const units = Object.keys(UNITS) as Unit[];
  const unit = units.find((one) => seconds >= UNITS[one] && seconds % UNITS[one] === 0) ?? 'second';
  return [seconds / UNITS[unit], unit];
}
