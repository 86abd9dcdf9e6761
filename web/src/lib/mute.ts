/** The end of a mute that a person ends: the last year but one that the contract has. */
export const FOR_EVER = '8999-01-01T00:00:00.000Z';

/** So much later than now, as the server takes it. */
export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
