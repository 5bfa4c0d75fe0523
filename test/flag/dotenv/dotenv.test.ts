import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flagValues, readFlag, setFlag } from '../../../daemon/flag/dotenv/dotenv.ts';
import type { DotenvFlag as Flag } from '../../../daemon/protocol/domain/flagKinds.ts';
import { asNobody } from '../../support/asNobody.ts';

const isRoot = process.getuid?.() === 0;
const ten = { enabled: true, percent: 10 };
const off = { enabled: false, percent: 0 };
const verified = { kind: 'verified' };
let root = '';
const at = (...parts: string[]) => join(root, ...parts);

function flag(changes: Partial<Flag> = {}): Flag {
  const set = { ON: '$' + '{enabled}', PERCENT: '$' + '{percent}' };
  return { dotenv: '.env', set, write: 'replace', ...changes };
}

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-flag-')));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

it('values are absolute and plain', () => {
  const set = { A: '$' + '{enabled}', B: '$' + '{percent}', C: 'at-$' + '{percent}-$' + '{enabled}', D: 'x' };
  expect(flagValues(flag({ set }), { enabled: true, percent: 0.5 })).toEqual({
    A: 'true',
    B: '0.5',
    C: 'at-0.5-true',
    D: 'x',
  });
  expect(flagValues(flag(), { enabled: true, percent: 1e-7 })).toEqual({ ON: 'true', PERCENT: '0.0000001' });
});

describe.each(['replace', 'in-place'] as const)('%s', (write) => {
  it('sets, reads back, and changes nothing else', async () => {
    writeFileSync(at('.env'), '# ours\r\nON="false" # why\r\nSECRET=1\r\nPERCENT=0');
    chmodSync(at('.env'), 0o640);
    expect(await setFlag(root, flag({ write }), ten)).toEqual(verified);
    expect(readFileSync(at('.env'), 'utf8')).toBe('# ours\r\nON="true" # why\r\nSECRET=1\r\nPERCENT=10');
    expect(readFlag(root, flag())).toEqual({ ON: 'true', PERCENT: '10' });
    expect(statSync(at('.env')).mode & 0o7777).toBe(0o640);
    expect(readdirSync(root)).toEqual(['.env']);
  });

  it('does not write what is right already', async () => {
    writeFileSync(at('.env'), 'ON=true\nPERCENT=10\n');
    utimesSync(at('.env'), 1, 1);
    const before = statSync(at('.env'));
    expect(await setFlag(root, flag({ write }), ten)).toEqual(verified);
    expect(statSync(at('.env')).mtimeMs).toBe(before.mtimeMs);
    expect(statSync(at('.env')).ino).toBe(before.ino);
  });

  it('makes a missing file, for its owner only', async () => {
    expect(readFlag(root, flag())).toEqual({ ON: null, PERCENT: null });
    expect(await setFlag(root, flag({ write }), off)).toEqual(verified);
    expect(readFileSync(at('.env'), 'utf8')).toBe('ON=false\nPERCENT=0\n');
    expect(statSync(at('.env')).mode & 0o7777).toBe(0o600);
    expect(readdirSync(root)).toEqual(['.env']);
  });

  it('refuses a symbolic link, and leaves what it points to alone', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'rampwatch-outside-'));
    writeFileSync(join(outside, 'target'), 'ON=false\n');
    symlinkSync(join(outside, 'target'), at('.env'));
    expect(await setFlag(root, flag({ write }), ten)).toEqual({
      kind: 'failed',
      detail: expect.stringContaining('symbolic link'),
    });
    expect(readFileSync(join(outside, 'target'), 'utf8')).toBe('ON=false\n');
    expect(() => readFlag(root, flag())).toThrow(/symbolic link/);
    symlinkSync(outside, at('config'));
    const inside = flag({ write, dotenv: 'config/target' });
    expect(await setFlag(root, inside, ten)).toEqual({
      kind: 'failed',
      detail: expect.stringContaining('symbolic link'),
    });
    expect(() => readFlag(root, inside)).toThrow(/symbolic link/);
    rmSync(outside, { recursive: true });
  });

  it.each(['../.env', '/tmp/.env', 'a/../../.env', '..'])('refuses %s, outside the folder', async (dotenv) => {
    const report = await setFlag(root, flag({ write, dotenv }), ten);
    expect(report).toEqual({ kind: 'failed', detail: expect.stringContaining('outside the plan') });
  });

  it('says in one line why it cannot', async () => {
    mkdirSync(at('.env'));
    expect(await setFlag(root, flag({ write }), ten)).toEqual({
      kind: 'failed',
      detail: ".env is a folder: name the flag's file in it",
    });
    expect(() => readFlag(root, flag())).toThrow(/is a folder/);
    const nowhere = await setFlag(root, flag({ write, dotenv: 'config/.env' }), ten);
    expect(nowhere).toEqual({ kind: 'failed', detail: expect.stringContaining('does not exist') });
    const lines = await setFlag(root, flag({ write, dotenv: 'x', set: { ON: 'a\nb$' + '{percent}' } }), ten);
    expect(lines).toEqual({ kind: 'failed', detail: expect.stringContaining('one line') });
    expect(existsSync(at('x'))).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is not held up by a pipe', async () => {
    await once(spawn('sh', ['-c', 'mkfifo "$1"', 'sh', at('.env')]), 'exit');
    const report = await setFlag(root, flag({ write }), ten);
    expect(report.kind).toBe('failed');
    expect(() => readFlag(root, flag())).toThrow(/not a \.env/);
  });

  it.runIf(isRoot)('keeps the owner', async () => {
    writeFileSync(at('.env'), 'ON=false\n');
    chownSync(at('.env'), 1234, 2345);
    expect(await setFlag(root, flag({ write }), ten)).toEqual(verified);
    expect(statSync(at('.env'))).toMatchObject({ uid: 1234, gid: 2345 });
  });

  it('says that it may not', async () => {
    writeFileSync(at('.env'), 'ON=false\n');
    chmodSync(at('.env'), 0o000);
    chmodSync(root, 0o755);
    const report = await asNobody(() => setFlag(root, flag({ write }), ten));
    expect(report).toEqual({ kind: 'failed', detail: expect.stringContaining('EACCES') });
    chmodSync(at('.env'), 0o444);
    chmodSync(root, 0o555);
    expect(await asNobody(() => setFlag(root, flag({ write }), ten))).toEqual(report);
    chmodSync(root, 0o755);
    expect(readFileSync(at('.env'), 'utf8')).toBe('ON=false\n');
  });

  it('many at once end with one of them, whole', async () => {
    writeFileSync(at('.env'), 'SECRET=1\n');
    const wanted = Array.from({ length: 20 }, (_, index) => ({ enabled: index % 2 === 0, percent: index }));
    const reports = await Promise.all(wanted.map((each) => setFlag(root, flag({ write }), each)));
    expect(reports).toEqual(wanted.map(() => verified));
    expect(readFileSync(at('.env'), 'utf8')).toBe('SECRET=1\nON=false\nPERCENT=19\n');
    expect(readdirSync(root)).toEqual(['.env']);
  });
});

describe('keeping the inode', () => {
  it('in place, a second name of the same file sees the flag; a longer text and a shorter one', async () => {
    writeFileSync(at('.env'), 'ON=false\nPERCENT=0\n# end\n');
    linkSync(at('.env'), at('mounted'));
    for (const wanted of [ten, { enabled: true, percent: 100 }, off]) {
      expect(await setFlag(root, flag({ write: 'in-place' }), wanted)).toEqual(verified);
      expect(readFileSync(at('mounted'), 'utf8')).toBe(`ON=${wanted.enabled}\nPERCENT=${wanted.percent}\n# end\n`);
    }
  });

  it('a file with two names says the same under both, whatever the plan says', async () => {
    writeFileSync(at('.env'), 'ON=true\nPERCENT=10\n');
    linkSync(at('.env'), at('other'));
    expect(await setFlag(root, flag(), off)).toEqual(verified);
    expect(readFileSync(at('other'), 'utf8')).toBe('ON=false\nPERCENT=0\n');
    rmSync(at('other'));
  });

  it('replaced, the old content stays whole for who has it open', async () => {
    writeFileSync(at('.env'), 'ON=false\n');
    const old = openSync(at('.env'), 'r');
    expect(await setFlag(root, flag(), ten)).toEqual(verified);
    expect(readFileSync(old, 'utf8')).toBe('ON=false\n');
    closeSync(old);
  });
});

describe('leftovers of a killed daemon', () => {
  it('are removed once they are old; what is fresh or not ours stays', async () => {
    for (const name of ['.env.rampwatch-0.tmp', '.env.rampwatch-1.tmp', '.env.tmp', 'x.env.rampwatch-2.tmp']) {
      writeFileSync(at(name), 'ON=');
    }
    for (const name of ['.env.rampwatch-0.tmp', '.env.tmp', 'x.env.rampwatch-2.tmp']) utimesSync(at(name), 1, 1);
    await setFlag(root, flag(), ten);
    expect(readdirSync(root).sort()).toEqual(['.env', '.env.rampwatch-1.tmp', '.env.tmp', 'x.env.rampwatch-2.tmp']);
  });
});

describe.each([
  ['replace', 'append'],
  ['replace', 'rename'],
  ['in-place', 'append'],
] as const)('%s, while another program edits by %s', (write, manner) => {
  it('keeps its keys and ours', async () => {
    writeFileSync(at('.env'), 'ON=false\nPERCENT=0\n');
    const count = 60;
    // Appends to the file, or replaces it, key by key, and never touches ours; each round waits for its predecessor.
    const script = `
      const fs = require('node:fs');
      const [file, manner] = process.argv.slice(1);
      process.stdin.setEncoding('utf8');
      let next = 0;
      process.stdin.on('data', (text) => {
        for (const _ of text) {
          const line = 'KEY_' + next + '=' + next + '\\n';
          next += 1;
          if (manner === 'append') fs.appendFileSync(file, line);
          else {
            fs.writeFileSync(file + '.theirs', fs.readFileSync(file, 'utf8') + line);
            fs.renameSync(file + '.theirs', file);
          }
          process.stdout.write('.');
        }
      });`;
    const other = spawn(process.execPath, ['-e', script, at('.env'), manner], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      for (let round = 0; round < count; round += 1) {
        const theirs = once(other.stdout, 'data');
        other.stdin.write('.');
        const [report] = await Promise.all([setFlag(root, flag({ write }), { enabled: true, percent: round }), theirs]);
        expect(report.kind).not.toBe('failed');
      }
    } finally {
      other.kill();
      await once(other, 'exit');
    }
    expect(await setFlag(root, flag({ write }), ten)).toEqual(verified);
    const text = readFileSync(at('.env'), 'utf8');
    expect(text).toMatch(/^ON=true\nPERCENT=10\n/);
    const kept = Array.from({ length: count }, (_, index) => text.includes(`KEY_${index}=${index}\n`)).filter(Boolean);
    // A write between our last look and our rename is invisible to everyone; every other write must be there.
    expect(kept.length).toBeGreaterThanOrEqual(count - 5);
  });
});

it.runIf(process.platform === 'linux' && isRoot)('a full disk changes nothing, and says so', async () => {
  const script = `
    import { setFlag } from ${JSON.stringify(join(import.meta.dirname, '../../../daemon/flag/dotenv/dotenv.ts'))};
    import fs from 'node:fs';
    const root = process.argv[1];
    const set = { ON: '$' + '{enabled}', PERCENT: '$' + '{percent}', LONG: 'x'.repeat(9000) };
    const before = fs.readFileSync(root + '/.env', 'utf8');
    const reports = [];
    for (const write of ['replace', 'in-place']) reports.push(await setFlag(root, { dotenv: '.env', set, write }, { enabled: true, percent: 10 }));
    console.log(JSON.stringify({ reports, same: before === fs.readFileSync(root + '/.env', 'utf8'), names: fs.readdirSync(root) }));`;
  const shell = `mount -t tmpfs -o size=16k tmpfs "$1" || exit 77
    printf 'ON=false\\nPERCENT=0\\n' > "$1/.env"; head -c 100000 /dev/zero > "$1/filler" 2>/dev/null
    exec "$2" --input-type=module -e "$3" "$1"`;
  const child = spawn('sh', ['-c', 'exec unshare -m sh -c "$0" sh "$@"', shell, root, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  // Without the right to mount, this test shows nothing.
  if (code !== 0 && /unshare|mount/.test(complaint)) return;
  expect(complaint).toBe('');
  const { reports, same, names } = JSON.parse(output);
  const failed = { kind: 'failed', detail: expect.stringContaining('the disk is full') };
  expect({ reports, same, names }).toEqual({ reports: [failed, failed], same: true, names: ['.env', 'filler'] });
});
