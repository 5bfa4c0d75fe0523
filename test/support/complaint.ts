import { expect } from 'vitest';
import { z } from 'zod';
import type { Ended } from './runningDaemon.ts';

const errorDocument = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The one line by which a command refused or failed, without its name before it. */
export function complaint({ code, stdout, stderr }: Ended, exit = 1): string {
  expect({ code, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({ code: exit, stdout: '', lines: 1 });
  expect(stderr).toMatch(/^rampwatch: \S.*\n$/);
  expect(stderr).not.toMatch(/internal error|\.ts:\d|node:internal/);
  return stderr.slice('rampwatch: '.length, -1);
}

/** The same under `--json`: one document on stdout. */
export function complaintDocument({ code, stdout, stderr }: Ended, exit = 1): { code: string; message: string } {
  expect({ code, stderr }).toEqual({ code: exit, stderr: '' });
  const { error } = errorDocument.parse(JSON.parse(stdout));
  expect(error.code).not.toBe('internal');
  return error;
}
