import type { Problem } from './generated/rest.js';
import { ParleyError } from './errors.js';

const DEADLINE_MS = 20_000;
/** For a file, which may be large. */
const FILE_DEADLINE_MS = 600_000;

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  token?: string;
}

/** One request, one answer, as JSON; every failure is a ParleyError. Does not retry. */
export class Http {
  readonly #base: string;
  readonly #fetch: Fetch;

  /** `base` is the server's address, without a path. */
  constructor(base: string, fetch: Fetch) {
    this.#base = base;
    this.#fetch = fetch;
  }

  async request<Answer>({ method, path, body, token }: HttpRequest): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(DEADLINE_MS) };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await this.#send(this.#base + path, init);
    return (await readJson(response)) as Answer;
  }

  /** An answer as it is; its body may be large. `undefined`: it is not ready (202). */
  async file(path: string, token?: string): Promise<Blob | undefined> {
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const init: RequestInit = { headers, signal: AbortSignal.timeout(FILE_DEADLINE_MS) };
    const response = await this.#send(this.#base + path, init);
    if (response.status === 202) return undefined;
    if (!response.ok) await readJson(response);
    return response.blob().catch(() => {
      throw new ParleyError('offline', 'the answer broke off');
    });
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        throw new ParleyError('timeout', 'the server did not answer in time');
      }
      throw new ParleyError('offline', 'the server cannot be reached');
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => {
    throw new ParleyError('offline', 'the answer broke off');
  });
  if (response.ok && text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A proxy's page, for one.
    throw new ParleyError('unavailable', `the server answered ${response.status} without JSON`);
  }
  if (response.ok) return value;
  const problem = value as Partial<Problem>;
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  throw new ParleyError(
    problem.code ?? 'internal',
    problem.detail ?? `the server answered ${response.status}`,
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  );
}
