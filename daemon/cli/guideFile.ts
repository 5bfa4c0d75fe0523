import { readFileSync, statSync } from 'node:fs';
import type { GuideFile } from '../guide/text/readGuide.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';

/** No guide written by people is as large; reading more only to refuse it helps nobody. */
const largestGuide = 6 * 1024 * 1024;

/** Reads a guide that is called `name`. @throws {UserError} when it cannot be read */
export function readGuideFile(file: string, name: string): GuideFile {
  try {
    const { size } = statSync(file);
    if (size > largestGuide) {
      throw new UserError(
        'guide-too-large',
        `${name} has ${Math.round(size / 1e6)} MB: no guide is as large; check the path`,
      );
    }
    return { name, bytes: readFileSync(file) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    const what =
      code === 'ENOENT' ? 'there is no such guide' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw new UserError('guide-unreadable', `${name}: ${what}; name a Markdown file`);
  }
}
