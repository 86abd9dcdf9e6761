import { Backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import { codeOf, ParleyError } from './errors.js';
import type { AuthSuccess, ClientFrame, ErrorFrame, ServerFrame } from './wire/frames.js';

export type ConnectionState =
  | { status: 'stopped' }
  | { status: 'connecting' }
  | { status: 'connected' }
  /** Tries again at `until` (milliseconds of Date.now()). */
  | { status: 'waiting'; until: number };

interface ConnectionEvents {
  state: ConnectionState;
  /** Authenticated. */
  open: AuthSuccess;
  /** Frames that answer no request(). */
  frame: ServerFrame;
}

/** What of the WebSocket API is used. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}
export type SocketFactory = (url: string, protocol: string) => Socket;

/** From the first packet to auth_success. */
const CONNECT_MS = 15_000;
const REQUEST_MS = 15_000;
/** How long after a heartbeat something must come. */
const SILENCE_MS = 10_000;
/** A connection that lasts this long was a good one: the next failure starts from a short wait. */
const GOOD_MS = 10_000;
const REQUESTS_MAX = 1_000;
/** After a hundred refusals the server wants a pause. */
const REFUSED_PAUSE_MS = 10_000;

interface Waiting {
  resolve(frame: ServerFrame): void;
  reject(error: ParleyError): void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Keeps one authenticated WebSocket open from start() to stop(): reconnects with backoff, or when the server says; sends
 * heartbeats and ends what has gone silent.
 */
export class Connection {
  readonly events = new Emitter<ConnectionEvents>();
  #state: ConnectionState = { status: 'stopped' };
  #socket: Socket | null = null;
  #opened = 0;
  #serverDelay: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #nextRef = 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #backoff: Backoff;

  constructor(
    private readonly options: {
      url: string;
      socket: SocketFactory;
      accessToken(): Promise<string>;
      refused(token: string): void;
      random?: () => number;
    },
  ) {
    this.#backoff = new Backoff(options.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state.status === 'stopped') void this.#connect();
  }

  stop(): void {
    this.#setState({ status: 'stopped' });
    this.#drop(1000);
  }

  /** Does not wait for the rest of the backoff: the network came back, or a person asks. */
  retryNow(): void {
    if (this.#state.status === 'waiting') void this.#connect();
  }

  /** Sends, if there is a connection; answers whether there was. */
  send(frame: ClientFrame): boolean {
    if (this.#state.status !== 'connected' || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Sends and answers what repeats its `ref`; an `error` frame is thrown as ParleyError. */
  request(frame: ClientFrame): Promise<ServerFrame> {
    if (this.#waiting.size >= REQUESTS_MAX) {
      return Promise.reject(new ParleyError('rate_limited', 'too many requests at once'));
    }
    const ref = this.#nextRef++;
    return new Promise((resolve, reject) => {
      if (!this.send({ ...frame, ref } as ClientFrame)) {
        reject(new ParleyError('offline', 'not connected'));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(ref);
        reject(new ParleyError('timeout', 'the server did not answer in time'));
      }, REQUEST_MS);
      this.#waiting.set(ref, { resolve, reject, timer });
    });
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#timer);
    this.#setState({ status: 'connecting' });
    let token: string;
    try {
      token = await this.options.accessToken();
    } catch (error) {
      if (codeOf(error) === 'signed_out') this.stop();
      else this.#retry(error instanceof ParleyError ? error.retryAfterMs : undefined);
      return;
    }
    // stop() may have come in the meantime.
    if (this.#state.status === 'connecting' && !this.#socket) this.#open(token);
  }

  #open(token: string): void {
    const socket = this.options.socket(this.options.url, 'parley.v1');
    this.#socket = socket;
    this.#serverDelay = undefined;
    this.#opened = 0;
    this.#timer = setTimeout(() => this.#lost(socket, 0), CONNECT_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', token }));
    socket.onmessage = (event: { data: unknown }) => {
      if (socket === this.#socket) this.#receive(String(event.data), token);
    };
    socket.onclose = (event: { code: number }) => {
      if (event.code === 4003) this.options.refused(token);
      this.#lost(socket, event.code);
    };
    // In Node no close follows when the connection never came to be.
    socket.onerror = () => this.#lost(socket, 1006);
  }

  #receive(text: string, token: string): void {
    clearTimeout(this.#silence);
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.type === 'auth_success') return this.#authenticated(frame);
    if (frame.type === 'auth_error') {
      if (frame.code === 'unauthorized' || frame.code === 'token_expired') this.options.refused(token);
      return;
    }
    if (frame.type === 'reconnect') this.#serverDelay = frame.delay_ms;
    if (frame.type === 'heartbeat_ack') return;
    if (!this.#answer(frame)) this.events.emit('frame', frame);
  }

  #authenticated(frame: AuthSuccess): void {
    clearTimeout(this.#timer);
    this.#opened = Date.now();
    this.#heartbeat = setInterval(() => this.#beat(), frame.heartbeat_interval * 1000);
    (this.#heartbeat as { unref?: () => void }).unref?.();
    this.#setState({ status: 'connected' });
    this.events.emit('open', frame);
  }

  #answer(frame: ServerFrame): boolean {
    const ref = 'ref' in frame ? frame.ref : undefined;
    const waiting = typeof ref === 'number' ? this.#waiting.get(ref) : undefined;
    if (!waiting || typeof ref !== 'number') return false;
    this.#waiting.delete(ref);
    clearTimeout(waiting.timer);
    if (frame.type === 'error') waiting.reject(errorOf(frame));
    else waiting.resolve(frame);
    return true;
  }

  #beat(): void {
    const socket = this.#socket;
    if (!socket || !this.send({ type: 'heartbeat' })) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(socket, 4000), SILENCE_MS);
  }

  /** `socket` is of no use any more. */
  #lost(socket: Socket, code: number): void {
    if (socket !== this.#socket) return;
    const good = this.#opened > 0 && Date.now() - this.#opened >= GOOD_MS;
    if (good) this.#backoff.reset();
    this.#drop();
    if (this.#state.status === 'stopped') return;
    if (code === 4029) this.#retry(REFUSED_PAUSE_MS);
    // A revoked device ends when the next token is refused; heartbeats and slowness call for no wait.
    else if (good && (code === 4000 || code === 4003 || code === 4008)) this.#retry(0);
    else this.#retry(this.#serverDelay);
  }

  #drop(code?: number): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    clearInterval(this.#heartbeat);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new ParleyError('offline', 'the connection ended'));
    }
    this.#waiting.clear();
    socket?.close(code);
  }

  #retry(serverDelay: number | undefined): void {
    if (this.#state.status === 'stopped') return;
    const delay = serverDelay ?? this.#backoff.next();
    this.#setState({ status: 'waiting', until: Date.now() + delay });
    this.#timer = setTimeout(() => void this.#connect(), delay);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.events.emit('state', state);
  }
}

function errorOf(frame: ErrorFrame): ParleyError {
  return new ParleyError(frame.code, frame.detail);
}
