import type { ErrorCode } from './wire/frames.js';

/**
 * The server's codes, and four of the client's own: `offline` (it never left, or no answer came before the
 * connection ended), `timeout`, `outbox_full` and `signed_out`.
 */
export type ParleyErrorCode =
  ErrorCode | 'unknown_type' | 'offline' | 'timeout' | 'outbox_full' | 'signed_out';

const UNKNOWN_OUTCOMES: ReadonlySet<string> = new Set(['unavailable', 'internal', 'offline', 'timeout']);

/** Every failure of a request. Programs look at `code`; the message is one sentence for a person. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';

  constructor(
    readonly code: ParleyErrorCode,
    detail: string,
    /** How long the server asks to wait, in milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(detail);
  }

  /** True: it did not happen and will not. False: the outcome is unknown; repeat with the same `client_id`. */
  get definite(): boolean {
    return !UNKNOWN_OUTCOMES.has(this.code);
  }
}

/** Any thrown value as a ParleyError; what is none of ours is a bug and goes on as it is. */
export function codeOf(error: unknown): ParleyErrorCode | undefined {
  return error instanceof ParleyError ? error.code : undefined;
}
