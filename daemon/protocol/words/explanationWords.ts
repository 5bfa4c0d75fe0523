import type { CountOf, Explanation, Factor, FieldContent, MixShift, Signature } from '../domain/explanation.ts';
import type { Translate } from './factWords.ts';
import { grouped, shareText } from './figureText.ts';
import { plainText } from './plainText.ts';

/** One statement on the failures, without a full stop. */
export interface ExplanationLine {
  readonly kind: 'factor' | 'signature' | 'mix' | 'nothing' | 'left';
  readonly text: string;
  /** An error signature that the control does not have. */
  readonly isNew: boolean;
}

/** What explains the failures, the most telling first. Every surface says it in these words. */
export function explanationLines(explanation: Explanation, t: Translate): readonly ExplanationLine[] {
  const { factors, signatures, mix, left } = explanation;
  const lines: ExplanationLine[] = [
    ...(mix === null ? [] : [line('mix', mixText(mix, t))]),
    ...factors.map((factor) => line('factor', factorText(factor, explanation, t))),
    ...signatures.map((signature) => ({
      ...line('signature', signatureText(signature, explanation, t)),
      isNew: signature.isNew,
    })),
  ];
  if (lines.length === 0) lines.push(line('nothing', nothingText(explanation, t)));
  if (left !== null) lines.push(line('left', t('Not all could be read again: {0}', plainText(left, 300))));
  return lines;
}

/** The one statement for a narrow place. */
export function explanationSummary(explanation: Explanation, t: Translate): string {
  return explanationLines(explanation, t)[0]?.text ?? '';
}

/** The records behind it, in one line: of what time, how many, and how many are a sample. */
export function comparedText({ failed, passed, control, of }: Explanation, t: Translate): string {
  const names = comparedNouns[of](t);
  const own = t('{0} {1} and {2} {3} were compared', grouped(failed), names.failed, grouped(passed), names.passed);
  if (of === 'lines') return t('{0} matching lines were compared', grouped(failed));
  if (control === null) return t('{0}, without a control', own);
  return t('{0}, beside {1} and {2} of the control', own, grouped(control.failed), grouped(control.passed));
}

/** `provider = gemini`, `size ≥ 100`, `no discount`. */
export function contentText(field: string, content: FieldContent, t: Translate): string {
  const name = plainText(field, 80);
  switch (content.kind) {
    case 'value':
      return `${name} = ${plainText(content.text, 100)}`;
    case 'like':
      return `${name} ~ ${plainText(content.text, 160)}`;
    case 'frame':
      return t('{0} at {1}', name, plainText(content.text, 100));
    case 'at-least':
      return `${name} ≥ ${grouped(content.number)}`;
    case 'below':
      return `${name} < ${grouped(content.number)}`;
    case 'absent':
      return t('no {0}', name);
  }
}

function factorText({ field, content, failed, passed, control }: Factor, { of }: Explanation, t: Translate): string {
  const names = comparedNouns[of](t);
  const said = t(
    '{0} {1} have {2}; {3} {4} do',
    countText(failed, t),
    names.failed,
    contentText(field, content, t),
    countText(passed, t),
    names.passed,
  );
  if (control === null) return said;
  return t('{0}; of the control’s records with it {1} fail', said, countText(control, t));
}

function signatureText(
  { field, content, failed, control, isNew }: Signature,
  { of }: Explanation,
  t: Translate,
): string {
  const names = comparedNouns[of](t);
  const said = t('{0} {1} have {2}', countText(failed, t), names.failed, contentText(field, content, t));
  if (control === null) return said;
  if (of === 'lines') {
    return isNew
      ? t('{0}: NEW, there was none before the attempt', said)
      : t('{0}; {1} before the attempt did', said, countText(control, t));
  }
  if (!isNew) return t('{0}; {1} of the control do', said, countText(control, t));
  return control.of === 0
    ? t('{0}: NEW, the control has no failures', said)
    : t('{0}: NEW, none of the control’s {1} failures does', said, grouped(control.of));
}

function mixText({ field, groups, treatment, other, adjusted }: MixShift, t: Translate): string {
  const among = groups.map(({ content, treatment: own, control }) =>
    t('{0} {1} against {2}', 'text' in content ? plainText(content.text, 60) : '', rateText(own), rateText(control)),
  );
  return t(
    'The mix of {0} makes the difference, not the treatment: it fails in {1} against {2} of the control, but by {0} no more often ({3}); with the control’s mix it would be {4}',
    plainText(field, 80),
    shareText(treatment),
    shareText(other),
    among.join(', '),
    shareText(adjusted),
  );
}

function nothingText({ failed, compared, of }: Explanation, t: Translate): string {
  const names = comparedNouns[of](t);
  if (failed === 0) return t('None of the {0} can be read again, so nothing explains them', names.failed);
  return t(
    'Nothing in the records explains the {0} (fields compared: {1}, values: {2})',
    names.failed,
    grouped(compared.fields),
    grouped(compared.values),
  );
}

function rateText({ n, of }: CountOf): string {
  return of === 0 ? '–' : shareText(n / of);
}

function countText({ n, of }: CountOf, t: Translate): string {
  return t('{0} of {1}', grouped(n), grouped(of));
}

/** Names of the records that speak against a rule, and of the others. */
export const comparedNouns: Readonly<
  Record<Explanation['of'], (t: Translate) => { readonly failed: string; readonly passed: string }>
> = {
  share: (t) => ({ failed: t('failures'), passed: t('successes') }),
  quantile: (t) => ({ failed: t('slow records'), passed: t('others') }),
  lines: (t) => ({ failed: t('matching lines'), passed: t('others') }),
};

function line(kind: ExplanationLine['kind'], text: string): ExplanationLine {
  return { kind, text, isNew: false };
}

/** `What explains low-success`, `What explains success_rate >= 99% of canary`. */
export function explanationTitle({ about }: Explanation, t: Translate): string {
  return about.kind === 'trigger'
    ? t('What explains {0}', plainText(about.trigger, 80))
    : t('What explains {0} of {1}', plainText(about.condition, 120), plainText(about.stage, 80));
}
