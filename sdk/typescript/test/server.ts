import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const READY_MS = 20_000;

/** `parley serve` as a child process: a data directory of its own, port 0 and then always the same. */
export class Server {
  #process: ChildProcess | null = null;
  #port = 0;
  readonly log: string[] = [];

  private constructor(
    private readonly home: string,
    private readonly program: string,
  ) {}

  /** `settings`: TOML beyond the defaults. `under`: where its folder is made. */
  static async start(settings = '', under = tmpdir()): Promise<Server> {
    const program = process.env['PARLEY_BINARY'];
    if (!program) throw new Error('set PARLEY_BINARY to the program to test');
    const home = await mkdtemp(join(under, 'parley-sdk-'));
    await writeFile(join(home, 'parley.toml'), settings);
    const server = new Server(home, program);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const child = spawn(
      this.program,
      [
        ...['serve', '--config', join(this.home, 'parley.toml')],
        ...['--data', join(this.home, 'data'), '--listen', `127.0.0.1:${this.#port}`],
      ],
      { cwd: this.home, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    // A test that fails before it stops its server leaves nothing behind.
    process.once('exit', () => child.kill('SIGKILL'));
    this.#port = await this.#readPort(child);
  }

  #readPort(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}\n${this.log.slice(-20).join('\n')}`));
      const deadline = setTimeout(() => fail('the server is not ready'), READY_MS);
      child.once('error', (error) => fail(String(error)));
      child.once('exit', (code) => fail(`the server ended with ${code}`));
      createInterface({ input: child.stderr! }).on('line', (line) => {
        this.log.push(line);
        const port = /\bport"?[=:]\s*"?(\d+)/.exec(line)?.[1];
        if (!/\blistening\b/.test(line) || port === undefined) return;
        clearTimeout(deadline);
        resolve(Number(port));
      });
    });
  }

  /** What `parley admin` prints; the server runs. */
  async admin(args: string[]): Promise<string> {
    const config = ['--config', join(this.home, 'parley.toml'), '--data', join(this.home, 'data')];
    const { stdout } = await promisify(execFile)(this.program, ['admin', ...args, ...config]);
    return stdout;
  }

  /** kill -9 by default; gone when this answers. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
