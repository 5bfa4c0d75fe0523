import type { RE2JS } from 're2js';
import { compileLinePatterns } from '../../../measure/linePattern.ts';
import { compileLinear } from '../../../protocol/domain/linearPattern.ts';
import type { Source } from '../../../protocol/domain/sourceKinds.ts';
import { UserError } from '../../../protocol/domain/userError.ts';
import type { LineParser } from '../lineScanner.ts';

/**
 * The parser of a source whose records a pattern of the plan finds: its named groups are the fields. RE2 syntax is matched
 * in linear time, whatever the line holds. @throws UserError for a pattern that is none, or names no group.
 */
export function ownPatternParser({ record, skip }: Pick<Source, 'record' | 'skip'>): LineParser {
  const written = record ?? '';
  let expression: RE2JS;
  try {
    expression = compileLinear(written.slice(1, -1));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid-pattern', `record: ${written} is not a pattern in RE2 syntax (${detail})`);
  }
  const names = Object.keys(expression.namedGroups());
  if (names.length === 0) {
    throw new UserError(
      'invalid-pattern',
      `record: ${written} names no field; write (?P<status>[0-9]{3}) where the status stands`,
    );
  }
  const isSkipped = skip === undefined ? () => false : compileLinePatterns('skip', skip);
  return (line) => {
    // A line that does not match is told fast.
    const matcher = expression.test(line) ? expression.matcher(line) : null;
    if (matcher?.find() !== true) {
      return isSkipped(line) ? { kind: 'nothing' } : { kind: 'rejected', reason: 'no-match' };
    }
    const found: Record<string, unknown> = Object.create(null);
    for (const name of names) {
      const value = matcher.group(name);
      if (value !== null) found[name] = value;
    }
    return { kind: 'record', record: found };
  };
}
