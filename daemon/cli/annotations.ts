import { relative, sep } from 'node:path';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { version } from '../version.ts';
import { type Call, textOption } from './command.ts';

/** A remark on a line of a plan, as a code review shows it. */
export interface Annotation {
  readonly severity: 'error' | 'warning' | 'hint';
  /** Absolute. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly message: string;
}

/** The forms for machines: commands of a GitHub workflow, or a SARIF document. */
export type AnnotationForm = 'github' | 'sarif';

const forPeople = 'text';

/** @throws UserError `usage` for an unknown form, or beside `--json`. */
export function annotationForm(call: Call): AnnotationForm | null {
  const form = textOption(call, 'format') ?? forPeople;
  if (form === forPeople) return null;
  if (form !== 'github' && form !== 'sarif') {
    throw new UserError('usage', `--format is text, github or sarif, and not ${plainText(form, 40)}`);
  }
  if (call.output.json) throw new UserError('usage', '--format and --json exclude each other');
  return form;
}

/** @param folder the repository's: files are named from there. */
export function annotationText(form: AnnotationForm, annotations: readonly Annotation[], folder: string): string {
  const placed = annotations.map((each) => ({ ...each, file: nameFrom(folder, each.file) }));
  switch (form) {
    case 'github':
      return placed.map((each) => `${workflowCommand(each)}\n`).join('');
    case 'sarif':
      return `${JSON.stringify(sarif(placed), null, 2)}\n`;
  }
}

function nameFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

const commands = { error: 'error', warning: 'warning', hint: 'notice' } as const;

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands: what ends a part is percent-encoded. */
function workflowCommand({ severity, file, line, column, rule, message }: Annotation): string {
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const place = `file=${property(file)},line=${line},col=${column},title=${property(`rampwatch ${rule}`)}`;
  return `::${commands[severity]} ${place}::${data(plainText(message, 2000))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

const levels = { error: 'error', warning: 'warning', hint: 'note' } as const;

/** SARIF 2.1.0 (OASIS), with the parts that code scanning needs. */
function sarif(annotations: readonly Annotation[]): object {
  const rules = [...new Set(annotations.map(({ rule }) => rule))].map((id) => ({ id }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'rampwatch', version, rules } },
        results: annotations.map(({ severity, file, line, column, rule, message }) => ({
          ruleId: rule,
          level: levels[severity],
          message: { text: plainText(message, 2000) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        })),
      },
    ],
  };
}
