import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { percentInForce } from '../../examples/lease/lease.mjs';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const folder = resolve(import.meta.dirname, '../../examples/lease');
const now = Date.UTC(2026, 10, 30, 12);

interface Case {
  readonly enabled: string;
  readonly percent: string;
  readonly expires: string;
  readonly shown: number;
}
const held = '2026-11-30T12:00:01Z';
const cases: readonly Case[] = [
  { enabled: 'true', percent: '25', expires: held, shown: 25 },
  { enabled: 'true', percent: '0.5', expires: held, shown: 0.5 },
  { enabled: ' TRUE ', percent: '100', expires: ' 9999-12-31T23:59:59Z', shown: 100 },
  { enabled: 'true', percent: '25', expires: '2026-11-30T13:00:01.5+01:00', shown: 25 },
  { enabled: 'true', percent: '25', expires: String(now / 1000 + 1), shown: 25 },
  // Off, ended, or not to be read.
  { enabled: 'true', percent: '25', expires: '2026-11-30T12:00:00Z', shown: 0 },
  { enabled: 'true', percent: '25', expires: '2026-11-30T13:00:00+01:00', shown: 0 },
  { enabled: 'true', percent: '25', expires: String(now / 1000), shown: 0 },
  { enabled: 'true', percent: '25', expires: '1970-01-01T00:00:00Z', shown: 0 },
  { enabled: 'false', percent: '25', expires: held, shown: 0 },
  { enabled: '', percent: '25', expires: held, shown: 0 },
  { enabled: 'true', percent: '', expires: held, shown: 0 },
  { enabled: 'true', percent: 'many', expires: held, shown: 0 },
  { enabled: 'true', percent: '-5', expires: held, shown: 0 },
  { enabled: 'true', percent: '101', expires: held, shown: 0 },
  { enabled: 'true', percent: '25', expires: '', shown: 0 },
  { enabled: 'true', percent: '25', expires: 'tomorrow', shown: 0 },
  { enabled: 'true', percent: '25', expires: '2026-13-45T99:00:00Z', shown: 0 },
  { enabled: 'true', percent: '25', expires: '2026-11-30T12:00:01', shown: 0 },
];
const wanted = cases.map(({ shown }) => shown);
const input = JSON.stringify(cases);
const has = (program: string, word: string): boolean => spawnSync(program, [word]).status === 0;

it('the lease helper for Node', () => {
  expect(cases.map((each) => percentInForce(each, now))).toEqual(wanted);
  expect(percentInForce({ enabled: 'true', percent: '25' }, now)).toBe(0);
});

it.skipIf(!has('python3', '--version'))('the lease helper for Python (with python3)', () => {
  const program = `import json, sys
from lease import percent_in_force
cases = json.load(sys.stdin)
print(json.dumps([percent_in_force(each["enabled"], each["percent"], each["expires"], ${now / 1000}) for each in cases]))
assert percent_in_force("true", "25", None) == 0`;
  const environment = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8', env: environment });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(wanted);
});

it.skipIf(!has('go', 'version'))('the lease helper for Go (with go)', () => {
  const work = temporaryDirectory();
  cpSync(join(folder, 'lease.go'), join(work, 'lease/lease.go'), { recursive: true });
  writeFileSync(join(work, 'go.mod'), 'module example\n\ngo 1.18\n');
  const main = `package main

import (
	"encoding/json"
	"os"
	"time"

	"example/lease"
)

func main() {
	var cases []struct{ Enabled, Percent, Expires string }
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	shown := []float64{}
	for _, each := range cases {
		shown = append(shown, lease.PercentInForce(each.Enabled, each.Percent, each.Expires, time.UnixMilli(${now})))
	}
	json.NewEncoder(os.Stdout).Encode(shown)
}
`;
  writeFileSync(join(work, 'main.go'), main);
  const environment = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOCACHE: join(work, '.cache') };
  const { stdout, stderr } = spawnSync('go', ['run', '.'], { cwd: work, input, encoding: 'utf8', env: environment });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(wanted);
});
