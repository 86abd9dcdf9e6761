/** The beginning of a day (2026-03-01, as a date field has it) in the reader's time zone, in UTC. */
export function startOfDay(date: string): string {
  return new Date(`${date}T00:00:00`).toISOString();
}

/** The beginning of the day after it. */
export function dayAfter(date: string): string {
  const day = new Date(`${date}T00:00:00`);
  day.setDate(day.getDate() + 1);
  return day.toISOString();
}
