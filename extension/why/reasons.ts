import { basename } from 'node:path';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { type ExplainedSubject, type Explanation, explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { ConditionVerdict, Firing } from '../../daemon/protocol/domain/verdict.ts';
import { shownText } from '../../daemon/protocol/secrets/redactRecord.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { WhyContent } from '../../daemon/protocol/wire/whyMessages.ts';
import { clockText, spanTexts } from '../../daemon/protocol/words/clockText.ts';
import { countedOn, figureText, grouped, valueText } from '../../daemon/protocol/words/figureText.ts';
import { placeKey } from '../../daemon/protocol/words/placeText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { baselineWords, evidenceWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';

/** The reasons, and what the daemon knows the records behind them by. */
export interface Why {
  readonly content: WhyContent;
  /** `null` where no records are behind it. */
  readonly subject: ExplainedSubject | null;
}

/** The parts of a page, as they are found. */
export class Reasons {
  readonly #sections: { readonly title: string; readonly facts: string[] }[] = [];
  readonly #shown: RolloutStanding;
  readonly #name: string;
  readonly #now: number;
  readonly #t: Translate;
  #head: Pick<WhyContent, 'title' | 'sentence' | 'tone'> = { title: '', sentence: '', tone: 'quiet' };
  #rule: WhyContent['rule'] = null;
  #figure: WhyContent['figure'] = null;
  #records: readonly Place[] = [];
  #subject: ExplainedSubject | null = null;

  constructor(shown: RolloutStanding, name: string, now: number, t: Translate) {
    this.#shown = shown;
    this.#name = name;
    this.#now = now;
    this.#t = t;
  }

  head(title: string, told: string, tone: WhyContent['tone']): void {
    this.#head = { title, sentence: plain(told, 2000), tone };
  }

  section(title: string): void {
    this.#sections.push({ title, facts: [] });
  }

  fact(text: string): void {
    this.#sections.at(-1)?.facts.push(text);
  }

  verdict(verdict: ConditionVerdict, title: string): void {
    const t = this.#t;
    const { figure, limit, baseline, window, label, reason } = verdict;
    this.section(title);
    this.fact(`${t('Verdict')}: ${verdictWords(verdict.verdict, t).word}${reason === '' ? '' : ` (${plain(reason)})`}`);
    this.fact(t('Figure: {0}', plain(figureText(figure, limit))));
    this.#counts(countedOn(figure), figure.n);
    if (limit !== null) this.fact(t('Limit: {0}', plain(valueText(limit, figure.unit, figure.value))));
    if (baseline !== null) {
      const value = baseline.value === null ? t('no data') : valueText(baseline.value, baseline.unit);
      this.fact(t('Baseline: {0} (n {1}, {2})', plain(value), grouped(baseline.n), plain(baselineWords(baseline, t))));
    }
    this.window(window.from, window.to);
    this.section(t('Evidence'));
    this.fact(label === null ? t('No statistic applies to this measure.') : evidenceWords(label, figure.n, t).sentence);
  }

  about(subject: ExplainedSubject): void {
    this.#subject = subject;
  }

  firing(firing: Firing): void {
    const t = this.#t;
    const { n, window, rule } = firing;
    const good = countedOn({ value: rule === 'sequential' ? null : firing.figure, n, good: firing.good });
    this.section(t('When it fired'));
    const [from, to] = this.#span(firing.at, firing.until);
    // A firing of one record begins and ends with it.
    this.fact(from === to ? t('At {0}', from) : t('From {0} to {1}', from, to));
    this.#counts(good, n);
    this.window(window.from, window.to);
    this.fact(ruleText(rule, t));
    this.about({ kind: 'trigger', trigger: firing.trigger, firedAt: firing.at });
    this.#figure = figureOf(firing.condition, firing.at);
    this.records(firing.evidence);
  }

  rule(condition: string, part: string, more: readonly string[]): void {
    const { plan } = this.#shown.rollout;
    const line = plan.lines[part];
    const text = `${basename(plan.file)}:${line}`;
    this.#rule = { condition: plain(condition, 300), line: line === undefined ? null : { text, part }, more };
    this.#figure ??= figureOf(condition, null);
  }

  /** The measure to draw around a time, with the limits of all rules. */
  figureAt(measure: string, at: number): void {
    this.#figure = { measure, condition: null, firedAt: at };
  }

  /** Newest last. */
  records(places: readonly Place[]): void {
    this.#records = places;
  }

  made(): Why {
    const { rollout } = this.#shown;
    const records = this.#records.toReversed().map((place) => {
      const text = 'file' in place ? null : quotedText(rollout, place);
      return { place, text: text === null ? null : plain(text, 2000) };
    });
    const subject = this.#subject;
    const explanation = subject === null ? null : explanationOf(rollout.explanations, subject);
    return {
      content: {
        name: plain(this.#name),
        ...this.#head,
        rule: this.#rule,
        sections: this.#sections,
        explanation: explanation === null ? null : masked(explanation),
        figure: this.#figure,
        records,
        zone: rollout.plan.timezone,
      },
      subject,
    };
  }

  #counts(good: number | null, n: number): void {
    const t = this.#t;
    if (good === null || n === 0) this.fact(t('Sample: {0}', grouped(n)));
    else this.fact(t('{0} of {1} records count towards it, {2} do not', grouped(good), grouped(n), grouped(n - good)));
  }

  window(from: number | null, to: number | null): void {
    if (from === null) return;
    if (to === null) {
      const length = formatDuration(Math.max(0, this.#now - from));
      this.fact(this.#t('Window: since {0} ({1})', this.clock(from), length));
      return;
    }
    this.fact(this.#t('Window: {0} to {1} ({2})', ...this.#span(from, to), formatDuration(to - from)));
  }

  clock(at: number): string {
    return clockText(at, this.#now, this.#shown.rollout.plan.timezone);
  }

  #span(from: number, to: number): readonly [string, string] {
    return spanTexts(from, to, this.#now, this.#shown.rollout.plan.timezone);
  }
}

function figureOf(text: string, firedAt: number | null): WhyContent['figure'] {
  const condition = parseCondition(text);
  return 'measure' in condition ? { measure: condition.measure, condition: text, firedAt } : null;
}

/** Text of a log, a plan or a person, as a page shows it. */
export function plain(text: string, longest = 600): string {
  return plainText(shownText(text), longest);
}

/** An explanation of an older version may hold a secret still. */
function masked(explanation: Explanation): Explanation {
  const each = <Part extends Explanation['factors'][number] | Explanation['signatures'][number]>(part: Part): Part =>
    'text' in part.content ? { ...part, content: { ...part.content, text: shownText(part.content.text) } } : part;
  return { ...explanation, factors: explanation.factors.map(each), signatures: explanation.signatures.map(each) };
}

function ruleText(rule: Firing['rule'], t: Translate): string {
  switch (rule) {
    case 'literal':
      return t("By the plan's literal rule.");
    case 'proven':
      return t('By a proof: the data carry it, at the rate of false alarms that the plan allows a rollout.');
    case 'sequential':
      return t(
        'By the sequential test beside the rule: while the share is healthy, alarms are on average as many records apart as its threshold says.',
      );
    case 'missing':
      return t("By the plan's `missing`: its measure was unknown.");
  }
}

/** The text behind a place that nobody can read again, as the journal quotes it. */
function quotedText({ journal }: RolloutView, place: Place): string | null {
  const key = placeKey(place);
  for (const { body } of journal) {
    const found = body.kind === 'lines' ? body.lines.find((line) => placeKey(line.place) === key) : undefined;
    if (found !== undefined) return found.text;
  }
  return null;
}
