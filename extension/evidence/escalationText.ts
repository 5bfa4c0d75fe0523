import type {
  BundleFileView,
  EscalationCommandView,
  EscalationListing,
} from '../../daemon/protocol/wire/escalation.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { markdownText } from '../views/escapedText.ts';
import type { Translate } from '../vscodeApi.ts';

/** The contents of an evidence bundle and the command that would run with it, as Markdown; texts of others are escaped. */
export function escalationText(
  rollout: string,
  { files, left, contact, reference, command }: EscalationListing,
  reason: string | null,
  t: Translate,
): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const lines = [
    `# ${t('Escalation of {0}', markdownText(rollout))}`,
    '',
    t(
      'Nothing is written yet. These {0} files, {1} bytes in all, would be, and nothing else.',
      files.length,
      grouped(bytes),
    ),
    '',
    ...(reason === null ? [] : [`- ${t('Reason: {0}', markdownText(reason, 2000))}`]),
    ...(reference === null ? [] : [`- ${t('Reference: {0}', markdownText(reference))}`]),
    ...(contact === null ? [] : [`- ${t('Contact: {0}', markdownText(contact))}`]),
    '',
    `| ${t('File')} | ${t('Bytes')} | ${t('Redacted')} | ${t('Content')} |`,
    '| --- | ---: | ---: | --- |',
    ...files.map(fileRow),
    '',
    // A separate column would be out of sight. The format is the one that `sha256sum` writes and checks.
    '```text',
    ...files.map(({ path, sha256 }) => `${plainText(sha256)}  ${plainText(path)}`),
    '```',
  ];
  if (left.length > 0) lines.push('', `## ${t('Left Out')}`, '', ...left.map((each) => `- ${markdownText(each)}`));
  if (command !== null) lines.push('', ...commandPart(command, t));
  return `${lines.join('\n')}\n`;
}

function fileRow({ path, bytes, redactions, about }: BundleFileView): string {
  return `| ${markdownText(path)} | ${grouped(bytes)} | ${redactions} | ${markdownText(about)} |`;
}

function commandPart(command: EscalationCommandView, t: Translate): readonly string[] {
  return [
    `## ${t("The Plan's Command")}`,
    '',
    t('Without a shell, word by word. It is offered once the bundle is written, and runs only after you say so.'),
    '',
    '```json',
    // Every line begins with a quotation mark, so none can end the block.
    ...commandWords(command),
    '```',
    '',
    ...boundLines(command, t).map((line) => `- ${markdownText(line, 1000)}`),
    '',
    `sha256 \`${plainText(command.sha256)}\`, ${approvalText(command, t)}`,
  ];
}

/** Each word as a JSON string: its beginning and end are visible, and no character hides. */
export function commandWords({ argv }: EscalationCommandView): readonly string[] {
  return argv.map((word) => plainText(JSON.stringify(word), Number.POSITIVE_INFINITY));
}

/** The program, and the files of the workspace that an approval is of. */
export function boundLines({ program, files, environment }: EscalationCommandView, t: Translate): readonly string[] {
  return [
    program === null ? t('The program is not found.') : t('The program is {0}.', plainText(program, 1000)),
    ...files.map(({ path, sha256 }) =>
      t('It names {0} of the workspace, sha256 {1}.', plainText(path, 1000), plainText(sha256.slice(0, 12))),
    ),
    t('It gets {0}, and no other variable.', plainText(environment.join(', '), 1000)),
  ];
}

export function approvalText({ approved }: EscalationCommandView, t: Translate): string {
  return approved ? t('approved on this machine') : t('not approved on this machine yet');
}
