import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FlagReport, Wanted } from '../../../daemon/flag/target.ts';
import type { Flag } from '../../../daemon/protocol/domain/flagKinds.ts';
import { approveFlag, groundedFlag, placed, unapprovedFlag } from '../../support/remoteFlag.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const half: Wanted = { enabled: true, percent: 50 };
const off: Wanted = { enabled: false, percent: 0 };
const forward = { direction: 'forward' } as const;
const back = { direction: 'back' } as const;
const detailOf = (report: FlagReport): string => ('detail' in report ? report.detail : '');

/** A program that keeps the flag in a file beside it; it notes its arguments and its environment. */
const program = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const [state, verb, ...rest] = process.argv.slice(2);
appendFileSync(state + '.calls', JSON.stringify({ verb, rest, environment: process.env }) + '\\n');
if (verb === 'set') writeFileSync(state, JSON.stringify({ percent: Number(rest[0]), note: rest[1] }));
else process.stdout.write(readFileSync(state, 'utf8'));
`;

type Command = Extract<Flag, { command: unknown }>['command'];

interface Bench {
  readonly folder: string;
  readonly state: string;
  readonly environment: NodeJS.ProcessEnv;
  flag(other?: Partial<Command>): Flag;
  calls(): readonly {
    readonly verb: string;
    readonly rest: readonly string[];
    readonly environment: NodeJS.ProcessEnv;
  }[];
  write(text: string): void;
}

function bench(): Bench {
  const folder = temporaryDirectory();
  const tools = temporaryDirectory();
  const state = join(temporaryDirectory(), 'flag.json');
  const write = (text: string): void => {
    writeFileSync(join(tools, 'flagctl'), text);
    chmodSync(join(tools, 'flagctl'), 0o755);
  };
  write(program);
  writeFileSync(state, '{"percent":0}');
  return {
    folder,
    state,
    environment: {
      PATH: `${tools}${delimiter}/usr/bin${delimiter}/bin`,
      FLAGS_TOKEN: 'tok-51d0c2aa97be4413',
      OTHER_SECRET: 'x',
    },
    flag: (other = {}) => ({
      command: {
        set: ['flagctl', state, 'set', placed('percent'), `$(id) ; ${placed('percent')} %`],
        get: ['flagctl', state, 'get'],
        read: { '/percent': placed('percent') },
        ...other,
      },
    }),
    calls: () =>
      existsSync(`${state}.calls`)
        ? readFileSync(`${state}.calls`, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    write,
  };
}

describe('a flag that a program sets', () => {
  it('is set and read back, without a shell, each argument one argument', async () => {
    const { folder, flag, environment, calls, state } = bench();
    const { target } = groundedFlag(flag(), environment, folder);
    expect(await target.set(half, forward)).toEqual({ kind: 'verified' });
    expect(calls().find(({ verb }) => verb === 'set')?.rest).toEqual(['50', '$(id) ; 50 %']);
    expect(JSON.parse(readFileSync(state, 'utf8')).percent).toBe(50);
    expect(target.lastSeen?.reading).toMatchObject({ kind: 'exposing', percent: 50 });
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
  });

  it('gets the variables that the plan names, what a program needs to start, and no other', async () => {
    const { folder, flag, environment, calls } = bench();
    const { target } = groundedFlag(flag({ environment: ['FLAGS_TOKEN'] }), environment, folder);
    await target.look();
    const given = calls()[0]?.environment ?? {};
    expect(given.FLAGS_TOKEN).toBe(environment.FLAGS_TOKEN);
    expect(given).not.toHaveProperty('OTHER_SECRET');
  });

  it('runs nothing before a person approved its words, its program and the files that these name', async () => {
    const { folder, flag, environment, calls, write } = bench();
    mkdirSync(join(folder, 'tools'));
    writeFileSync(join(folder, 'tools', 'flags.json'), '{}');
    const named = flag({ get: ['flagctl', 'tools/flags.json', 'get'] });
    const target = unapprovedFlag(named, environment, folder);
    expect(await target.look()).toMatchObject({ fault: expect.stringMatching(/was not approved/) });
    expect(await target.set(off, back)).toMatchObject({ kind: 'failed' });
    approveFlag(folder, target);
    expect(target.obstacle?.()).toBeNull();
    for (const other of [
      flag({ set: ['flagctl', 'other'] }),
      flag({ read: { '/other': placed('percent') } }),
      flag({ environment: ['OTHER_SECRET'] }),
    ])
      expect(unapprovedFlag(other, environment, folder).obstacle?.()).toMatch(/was not approved/);
    writeFileSync(join(folder, 'tools', 'flags.json'), '{"a":1}');
    expect(target.obstacle?.()).toMatch(/was not approved/);
    expect(await target.set(off, back)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/not approved/),
    });
    writeFileSync(join(folder, 'tools', 'flags.json'), '{}');
    // An update of the program outside of the workspace stops every move forward, and no way back.
    write(`${program}\n// updated\n`);
    expect(target.obstacle?.()).toMatch(/has changed since it was approved/);
    expect(calls()).toEqual([]);
    const simple = groundedFlag(flag(), environment, folder).target;
    await simple.set(half, forward);
    write(`${program}\n// updated again\n`);
    expect(detailOf(await simple.set({ enabled: true, percent: 100 }, forward))).toMatch(/has changed since/);
    expect(await simple.set(off, back)).toEqual({ kind: 'verified' });
  });

  it('is ended with all that it started when it takes too long', async () => {
    const { folder, flag, environment, write, state } = bench();
    write(`#!/bin/sh\nsh -c 'sleep 60; echo late > ${state}.late' &\necho $! > ${state}.child\nsleep 60\n`);
    const { target } = groundedFlag(flag({ timeout: 400 as never }), environment, folder);
    expect((await target.look()).fault).toMatch(/flagctl .*: it took longer than 0 s and was ended/);
    const child = Number(readFileSync(`${state}.child`, 'utf8'));
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('tells how it failed in a line, without what its secret variables hold', async () => {
    const { folder, flag, environment, write } = bench();
    const named = flag({ environment: ['FLAGS_TOKEN'] });
    const faults: [string, RegExp][] = [
      ['#!/bin/sh\necho "denied for $FLAGS_TOKEN" >&2\nexit 3\n', /it ended with 3: denied for/],
      ['#!/bin/sh\necho "{"\n', /answers something that is not JSON/],
      ['#!/bin/sh\nhead -c 2000000 /dev/zero\n', /writes more than 1 MiB/],
      ['#!/bin/sh\nkill -9 $$\n', /it was ended by SIGKILL/],
    ];
    for (const [text, said] of faults) {
      write(text);
      const { fault = '' } = await groundedFlag(named, environment, folder).target.look();
      expect(fault).toMatch(said);
      expect(fault).not.toContain(environment.FLAGS_TOKEN);
    }
    const missing = groundedFlag(flag({ get: ['no-such-program-here'] }), environment, folder).target;
    expect((await missing.look()).fault).toMatch(/was not found/);
    write('#!/bin/sh\nexit 1\n');
    const failing = groundedFlag(flag(), environment, folder).target;
    expect(detailOf(await failing.set(off, back))).toMatch(/; by hand: flagctl \S+ set 0 '\$\(id\) ; 0 %'$/);
  });

  it('reads a pattern out of a text', async () => {
    const { folder, flag, environment, write } = bench();
    write('#!/bin/sh\necho "name: x"\necho "rollout = 25.0 %"\n');
    const { target } = groundedFlag(
      flag({ read: { '^rollout = ([0-9.]+) %$': placed('percent') } }),
      environment,
      folder,
    );
    expect(await target.look()).toMatchObject({ reading: { kind: 'exposing', percent: 25 } });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that nobody has waited for yet is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
