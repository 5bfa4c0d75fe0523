import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IngestBench } from '../support/ingestBench.ts';

/**
 * The programs that rotate logs, each by the system calls that it makes, in their order. Every record has an id of its own:
 * at whatever moments the ingest looks, none is counted twice and none is missing.
 */

/** An application that writes through a handle that it keeps, and what is done to its files. */
class Application {
  written = 0;
  readonly bench: IngestBench;
  /** Lets the ingest look, or not: between any two steps. */
  readonly look: () => Promise<void>;
  #descriptor = -1;

  constructor(bench: IngestBench, look: () => Promise<void>) {
    this.bench = bench;
    this.look = look;
  }

  async open(name: string): Promise<void> {
    this.close();
    this.#descriptor = openSync(this.bench.path(name), 'a');
    await this.look();
  }

  async write(count = 7): Promise<void> {
    for (let line = 0; line < count; line += 1) {
      this.written += 1;
      writeSync(this.#descriptor, `{"id":${this.written},"name":"a record of number ${this.written}"}\n`);
    }
    await this.look();
  }

  close(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  async rename(from: string, to: string): Promise<void> {
    if (existsSync(this.bench.path(from))) renameSync(this.bench.path(from), this.bench.path(to));
    await this.look();
  }

  async remove(name: string): Promise<void> {
    unlinkSync(this.bench.path(name));
    await this.look();
  }

  /** Compresses to a file of that name, in two pieces, and removes what was compressed. */
  async compress(from: string, to: string, how: (bytes: Buffer) => Buffer = (bytes) => gzipSync(bytes)): Promise<void> {
    const bytes = how(readFileSync(this.bench.path(from)));
    writeFileSync(this.bench.path(to), bytes.subarray(0, 20));
    await this.look();
    writeFileSync(this.bench.path(to), bytes);
    await this.look();
    await this.remove(from);
  }

  /** So long passes that a rotated file is taken for finished; days, mostly. */
  async quiet(): Promise<void> {
    await this.bench.poll();
    this.bench.clock += 60_000;
    await this.bench.poll();
  }

  /** As `shred --remove` does: random bytes in whole blocks, over and over, then another name. */
  async shred(name: string): Promise<void> {
    const path = this.bench.path(name);
    const size = Math.ceil(statSync(path).size / 4096) * 4096;
    for (const pass of [randomBytes(size), Buffer.alloc(size, 0xa5), Buffer.alloc(size)]) {
      const descriptor = openSync(path, 'r+');
      writeSync(descriptor, pass);
      closeSync(descriptor);
      await this.look();
    }
    truncateSync(path);
    await this.look();
    await this.rename(name, 'logs/000');
    await this.remove('logs/000');
  }

  async copyAndTruncate(from: string, to: string): Promise<void> {
    copyFileSync(this.bench.path(from), this.bench.path(to));
    await this.look();
    truncateSync(this.bench.path(from));
    await this.look();
  }

  /** `log.1` to `log.2` and so on, the oldest first; `first` is the number of the youngest. */
  async shift(name: string, first: number, ending = ''): Promise<void> {
    for (let number = first + 8; number >= first; number -= 1)
      await this.rename(`${name}.${number}${ending}`, `${name}.${number + 1}${ending}`);
  }
}

interface Rotator {
  readonly name: string;
  readonly glob: string;
  /** Opens the log that is there first. */
  readonly first: string;
  /** @param round from 1. */
  rotate(application: Application, round: number): Promise<void>;
  /** By copying and truncating, where a loss may be declared that is none. */
  readonly copies?: true;
}

const two = (number: number): string => String(number).padStart(2, '0');
/** As `TAI64N` labels are. */
const label = (round: number): string => `@4000000065a1b2c${round}0d5e6f7${round}`;

const rotators: readonly Rotator[] = [
  {
    name: 'svlogd',
    glob: 'logs/*',
    first: 'logs/current',
    rotate: async (application, round) => {
      chmodSync(application.bench.path('logs/current'), 0o744);
      await application.rename('logs/current', `logs/${label(round)}.s`);
      await application.open('logs/current');
    },
  },
  {
    name: 'svlogd, whose plan names the live log alone',
    glob: 'logs/current',
    first: 'logs/current',
    rotate: async (application, round) => {
      await application.rename('logs/current', `logs/${label(round)}.s`);
      await application.open('logs/current');
      // A round is read before the next one: a name that says nothing is known by the content that was read.
      await application.write(1);
      await application.bench.poll();
    },
  },
  {
    name: 'multilog and s6-log',
    glob: 'logs/*',
    first: 'logs/current',
    rotate: async (application, round) => {
      const { bench } = application;
      await application.rename('logs/current', 'logs/previous');
      await application.open('logs/current');
      linkSync(bench.path('logs/previous'), bench.path(`logs/${label(round)}.s`));
      await application.look();
      await application.remove('logs/previous');
    },
  },
  {
    name: 'newsyslog, which counts from 0 and compresses',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application) => {
      await application.shift('logs/app.jsonl', 0, '.gz');
      await application.rename('logs/app.jsonl', 'logs/app.jsonl.0');
      await application.open('logs/app.jsonl');
      await application.compress('logs/app.jsonl.0', 'logs/app.jsonl.0.gz');
    },
  },
  {
    name: 'winston-daily-rotate-file, by day',
    glob: 'logs/app-*.jsonl',
    first: 'logs/app-2026-11-01.jsonl',
    rotate: async (application, round) => {
      await application.open(`logs/app-2026-11-${two(round + 1)}.jsonl`);
      await application.compress(`logs/app-2026-11-${two(round)}.jsonl`, `logs/app-2026-11-${two(round)}.jsonl.gz`);
    },
  },
  {
    name: 'winston-daily-rotate-file, by size',
    glob: 'logs/app-*.jsonl*',
    first: 'logs/app-2026-11-30.jsonl',
    rotate: (application, round) => application.open(`logs/app-2026-11-30.jsonl.${round}`),
  },
  {
    name: 'pino-roll',
    glob: 'logs/app.*.jsonl',
    first: 'logs/app.1.jsonl',
    rotate: (application, round) => application.open(`logs/app.${round + 1}.jsonl`),
  },
  {
    name: 'pino-roll, by day and size, with its link',
    glob: 'logs/*',
    first: 'logs/app.2026-11-30.1.jsonl',
    rotate: async (application, round) => {
      const { bench } = application;
      await application.open(`logs/app.2026-11-30.${round + 1}.jsonl`);
      const link = bench.path('logs/current.log');
      if (round > 1) await application.remove('logs/current.log');
      symlinkSync(`app.2026-11-30.${round + 1}.jsonl`, link);
      await application.look();
    },
  },
  {
    name: 'flexi_logger',
    glob: 'logs/app_*.jsonl',
    first: 'logs/app_rCURRENT.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app_rCURRENT.jsonl', `logs/app_r0000${round - 1}.jsonl`);
      await application.open('logs/app_rCURRENT.jsonl');
    },
  },
  {
    name: 'Serilog',
    glob: 'logs/log*.txt',
    first: 'logs/log20261130.txt',
    rotate: (application, round) => application.open(`logs/log20261130_00${round}.txt`),
  },
  {
    name: 'RotatingFileHandler of Python',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application) => {
      application.close();
      await application.shift('logs/app.jsonl', 1);
      await application.rename('logs/app.jsonl', 'logs/app.jsonl.1');
      await application.open('logs/app.jsonl');
    },
  },
  {
    name: 'TimedRotatingFileHandler of Python',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      application.close();
      await application.rename('logs/app.jsonl', `logs/app.jsonl.2026-11-30_${two(round)}`);
      await application.open('logs/app.jsonl');
    },
  },
  {
    name: 'logback, which compresses by way of a temporary name',
    glob: 'logs/app.log',
    first: 'logs/app.log',
    rotate: async (application, round) => {
      application.close();
      const passing = `logs/app.log${1_234_567_890_000 + round}.tmp`;
      await application.rename('logs/app.log', passing);
      await application.open('logs/app.log');
      await application.compress(passing, `logs/app-2026-11-30.${round}.log.gz`);
    },
  },
  {
    name: 'log4j2, which compresses',
    glob: 'logs/app.log',
    first: 'logs/app.log',
    rotate: async (application, round) => {
      application.close();
      await application.rename('logs/app.log', `logs/app-11-30-2026-${round}.log`);
      await application.open('logs/app.log');
      await application.compress(`logs/app-11-30-2026-${round}.log`, `logs/app-11-30-2026-${round}.log.gz`);
    },
  },
  {
    name: 'Docker json-file, which compresses',
    glob: 'logs/c0ffee-json.log',
    first: 'logs/c0ffee-json.log',
    rotate: async (application) => {
      application.close();
      await application.shift('logs/c0ffee-json.log', 1, '.gz');
      await application.rename('logs/c0ffee-json.log', 'logs/c0ffee-json.log.1');
      await application.open('logs/c0ffee-json.log');
      await application.write(2);
      await application.compress('logs/c0ffee-json.log.1', 'logs/c0ffee-json.log.1.gz');
    },
  },
  {
    name: 'kubelet',
    glob: 'logs/0.log',
    first: 'logs/0.log',
    rotate: async (application, round) => {
      const named = (of: number): string => `logs/0.log.20261130-10100${of}`;
      await application.rename('logs/0.log', named(round));
      // The runtime opens its log again only when it is told to.
      await application.write(2);
      await application.open('logs/0.log');
      if (round === 1) return;
      await application.compress(named(round - 1), `${named(round - 1)}.tmp`);
      await application.rename(`${named(round - 1)}.tmp`, `${named(round - 1)}.gz`);
    },
  },
  {
    name: 'cronolog',
    glob: 'logs/**/*.log',
    first: 'logs/2026/11/01.log',
    rotate: (application, round) => application.open(`logs/2026/11/${two(round + 1)}.log`),
  },
  {
    name: 'rotatelogs of Apache, by seconds since 1970',
    glob: 'logs/access.*',
    first: 'logs/access.1796000000',
    rotate: (application, round) => application.open(`logs/access.${1_796_000_000 + round * 3600}`),
  },
  {
    name: 'pm2-logrotate',
    glob: 'logs/*.log',
    first: 'logs/app-out.log',
    copies: true,
    rotate: (application, round) =>
      application.copyAndTruncate('logs/app-out.log', `logs/app-out__2026-11-30_00-00-0${round}.log`),
  },
  {
    name: 'logrotate with copytruncate and dateext',
    glob: 'logs/app.jsonl*',
    first: 'logs/app.jsonl',
    copies: true,
    rotate: (application, round) =>
      application.copyAndTruncate('logs/app.jsonl', `logs/app.jsonl-20261130-179600000${round}`),
  },
  {
    name: 'logrotate with create, olddir and compress by zstd',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app.jsonl', `logs/old/app.jsonl-2026113${round}`);
      await application.open('logs/app.jsonl');
      await application.compress(
        `logs/old/app.jsonl-2026113${round}`,
        `logs/old/app.jsonl-2026113${round}.zst`,
        (bytes) => zstdCompressSync(bytes),
      );
    },
  },
  {
    name: 'weeks of ISO 8601',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app.jsonl', `logs/app.jsonl-2026-W4${round}`);
      await application.open('logs/app.jsonl');
    },
  },
  {
    name: 'numbers that grow',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app.jsonl', `logs/app.jsonl.${round + 4}`);
      await application.open('logs/app.jsonl');
    },
  },
  {
    name: 'mv, create, and a HUP that comes late',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application) => {
      const { bench } = application;
      await application.shift('logs/app.jsonl', 1);
      await application.rename('logs/app.jsonl', 'logs/app.jsonl.1');
      writeFileSync(bench.path('logs/app.jsonl'), '');
      await application.look();
      await application.write(3);
      await application.write(2);
      await application.open('logs/app.jsonl');
    },
  },
  {
    name: 'a link to the release that is led to the next one, while the old one ends its work',
    glob: 'current/app.jsonl',
    first: 'releases/1/app.jsonl',
    rotate: async (application, round) => {
      const { bench } = application;
      if (round > 1) await application.remove('current');
      symlinkSync(`releases/${round}`, bench.path('current'));
      await application.bench.poll();
      await application.write(2);
      await application.remove('current');
      writeFileSync(bench.path(`releases/${round + 1}/app.jsonl`), '');
      symlinkSync(`releases/${round + 1}`, bench.path('current'));
      await application.look();
      await application.write(2);
      await application.bench.poll();
      await application.open(`releases/${round + 1}/app.jsonl`);
    },
  },
  {
    name: 'winston-daily-rotate-file, with its audit file beside its logs',
    glob: 'logs/*',
    first: 'logs/app-2026-11-01.jsonl',
    rotate: async (application, round) => {
      const { bench } = application;
      const next = `logs/app-2026-11-${two(round + 1)}.jsonl`;
      await application.open(next);
      const audit = { keep: { days: true, amount: 3 }, auditLog: 'logs/.c0ffee-audit.json', files: [{ name: next }] };
      writeFileSync(bench.path('logs/.c0ffee-audit.json'), JSON.stringify(audit, null, 4));
      await application.quiet();
      if (round > 2) await application.remove(`logs/app-2026-11-${two(round - 2)}.jsonl`);
    },
  },
  {
    name: 'flexi_logger, whose numbers grow while old ones go',
    glob: 'logs/app_*.jsonl',
    first: 'logs/app_rCURRENT.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app_rCURRENT.jsonl', `logs/app_r${String(99_997 + round).padStart(5, '0')}.jsonl`);
      await application.open('logs/app_rCURRENT.jsonl');
      await application.quiet();
      if (round > 1) await application.remove(`logs/app_r${String(99_996 + round).padStart(5, '0')}.jsonl`);
    },
  },
  {
    name: 'logrotate with copy, whose log goes on',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application) => {
      await application.shift('logs/app.jsonl', 1);
      copyFileSync(application.bench.path('logs/app.jsonl'), application.bench.path('logs/app.jsonl.1'));
      await application.look();
    },
  },
  {
    name: 'logrotate with shred',
    glob: 'logs/app.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      await application.quiet();
      await application.shift('logs/app.jsonl', 1);
      await application.rename('logs/app.jsonl', 'logs/app.jsonl.1');
      await application.open('logs/app.jsonl');
      if (round > 2) await application.shred('logs/app.jsonl.3');
    },
  },
  {
    name: 'logrotate with dateext and dateformat __%Y-%m-%d',
    glob: 'logs/*.jsonl',
    first: 'logs/app.jsonl',
    rotate: async (application, round) => {
      await application.rename('logs/app.jsonl', `logs/app__2026-11-0${round}.jsonl`);
      await application.open('logs/app.jsonl');
      if (round > 1)
        await application.compress(`logs/app__2026-11-0${round - 1}.jsonl`, `logs/app__2026-11-0${round - 1}.jsonl.gz`);
    },
  },
  {
    name: 'Docker json-file, of which max-file keeps three',
    glob: 'logs/c0ffee-json.log',
    first: 'logs/c0ffee-json.log',
    rotate: async (application) => {
      const { bench } = application;
      application.close();
      await application.quiet();
      if (existsSync(bench.path('logs/c0ffee-json.log.2'))) await application.remove('logs/c0ffee-json.log.2');
      await application.rename('logs/c0ffee-json.log.1', 'logs/c0ffee-json.log.2');
      await application.rename('logs/c0ffee-json.log', 'logs/c0ffee-json.log.1');
      await application.open('logs/c0ffee-json.log');
    },
  },
  {
    name: 'kubelet, whose log is read by the link of its container',
    glob: 'containers/*.log',
    first: 'pods/web/0.log',
    rotate: async (application, round) => {
      const { bench } = application;
      const named = (of: number): string => `pods/web/0.log.20261130-10100${of}`;
      const link = bench.path('containers/web-c0ffee.log');
      if (!existsSync(link)) symlinkSync('../pods/web/0.log', link);
      await bench.poll();
      await application.rename('pods/web/0.log', named(round));
      await application.write(2);
      await bench.poll();
      await application.open('pods/web/0.log');
      if (round === 1) return;
      await application.compress(named(round - 1), `${named(round - 1)}.tmp`);
      await application.rename(`${named(round - 1)}.tmp`, `${named(round - 1)}.gz`);
    },
  },
];

/** When the ingest looks. */
const paces: Readonly<Record<string, (bench: IngestBench) => () => Promise<void>>> = {
  'that looks at each step': (bench) => () => bench.poll(),
  'that looks at every third step': (bench) => {
    let steps = 0;
    return async () => {
      steps += 1;
      if (steps % 3 === 0) await bench.poll();
    };
  },
  'that is killed at every fifth step': (bench) => {
    let steps = 0;
    return async () => {
      steps += 1;
      if (steps % 5 === 0) await bench.restart();
      await bench.poll();
    };
  },
};

describe.each(Object.entries(paces))('every record is counted once by an ingest %s', (_, paceOf) => {
  it.each(rotators.map((rotator) => [rotator.name, rotator] as const))('%s', async (_, rotator) => {
    const bench = new IngestBench(rotator.glob);
    onTestFinished(() => bench.dispose());
    const application = new Application(bench, paceOf(bench));
    onTestFinished(() => application.close());
    await application.open(rotator.first);
    await application.write(1);
    // A log is known from here on: what came and went before nobody could tell of.
    await bench.poll();
    for (let round = 1; round <= 4; round += 1) {
      await application.write(round * 3);
      await rotator.rotate(application, round);
      await application.write(5);
    }
    for (let search = 0; search < 3; search += 1) await bench.poll();
    const counted = bench.ids.toSorted((one, other) => one - other);
    expect(counted).toEqual(Array.from({ length: application.written }, (_, index) => index + 1));
    expect(bench.rejected).toEqual({});
    if (rotator.copies === undefined) expect(bench.gaps).toEqual([]);
  });
});

it('a generation that was compressed and removed just after the daemon began again is no loss', async () => {
  const bench = new IngestBench('app.jsonl');
  onTestFinished(() => bench.dispose());
  const application = new Application(bench, () => bench.poll());
  onTestFinished(() => application.close());
  await application.open('app.jsonl');
  await application.write();
  await application.rename('app.jsonl', 'app.jsonl.1');
  await application.open('app.jsonl');
  await bench.restart();
  await bench.poll();
  writeFileSync(bench.path('app.jsonl.1.gz'), gzipSync(readFileSync(bench.path('app.jsonl.1'))));
  // Long ago, as file systems count: its times tell that it has not changed since it was looked at.
  utimesSync(bench.path('app.jsonl.1.gz'), 1000, 1000);
  for (let look = 0; look < 3; look += 1) await bench.poll();
  await application.remove('app.jsonl.1');
  for (let look = 0; look < 3; look += 1) await bench.poll();
  expect(bench.ids).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(bench.gaps).toEqual([]);
});

describe('two logs that begin with the same lines', () => {
  it.each([
    ['worker.jsonl', 'web.jsonl.1'],
    ['worker.jsonl', 'web.jsonl.1.gz'],
    ['web-worker.jsonl', 'web.jsonl.1'],
  ])('a generation of %s that is gone is not looked for in %s', async (own, others) => {
    const bench = new IngestBench(own);
    onTestFinished(() => bench.dispose());
    const line = (id: number) => `{"id":${id}}\n`;
    const begin = [1, 2, 3, 4, 5, 6, 7, 8].map(line).join('');
    // The last line is not whole, so that the rest of the file is missed once it is gone.
    writeFileSync(bench.path(own), `${begin}{"id"`);
    await bench.poll();
    const other = begin + [21, 22, 23].map(line).join('');
    writeFileSync(bench.path('web.jsonl'), line(31));
    writeFileSync(bench.path(others), others.endsWith('.gz') ? gzipSync(other) : other);
    unlinkSync(bench.path(own));
    writeFileSync(bench.path(own), line(9));
    // A killed daemon holds the file open no more.
    await bench.restart();
    for (let search = 0; search < 4; search += 1) {
      await bench.poll();
      bench.clock += 60_000;
    }
    expect(bench.ids.toSorted((one, two) => one - two)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
