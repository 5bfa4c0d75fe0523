import { basename } from 'node:path';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { type Explanation, explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { ConditionVerdict, Firing, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import { shownText } from '../../daemon/protocol/secrets/redactRecord.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText, spanTexts } from '../../daemon/protocol/words/clockText.ts';
import { comparedText, explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import {
  conditionText,
  countedOn,
  figureText,
  firedText,
  grouped,
  valueText,
} from '../../daemon/protocol/words/figureText.ts';
import { placeKey, placeText } from '../../daemon/protocol/words/placeText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { baselineWords, evidenceWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import { latchedFiring, newestFiring } from '../views/firings.ts';
import { gateWindow, triggerWindow } from '../views/judgedWindow.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { WhyAbout } from '../views/row.ts';
import type { Translate } from '../vscodeApi.ts';
import type { HeldLink, HeldText } from './heldDocuments.ts';

/**
 * The reasons why a condition is not met, a trigger fires, or a rollback came: counts, window, rule, baseline,
 * evidence, records. Markdown in which everything that a log, a plan or a person wrote is escaped or in a code span.
 * `null`: the subject is not known any more. `all`: the rollouts to tell it apart from. `against`: the records that
 * speak against a condition, newest last, as the daemon has them.
 */
export function whyText(
  shown: RolloutStanding,
  all: readonly RolloutStanding[],
  about: WhyAbout,
  now: number,
  t: Translate,
  against: readonly Place[] = [],
): HeldText | null {
  const page = new Page(shown, rolloutName(shown, all), now, t);
  const { rollout } = shown;
  switch (about.kind) {
    case 'condition': {
      const stage = rollout.stages.findIndex(({ id }) => id === about.stage);
      const gate = rollout.stages[stage]?.gate ?? [];
      const position = gate.findIndex(({ condition }) => condition === about.condition);
      const verdict = gate[position];
      const stayed = rollout.stages[stage];
      if (verdict === undefined || stayed === undefined) return null;
      page.head(
        t('{0} in the gate of {1}', plainText(verdict.measure), plainText(about.stage)),
        conditionText(verdict),
      );
      page.verdict({ ...verdict, window: gateWindow(stayed) }, t('Counts'));
      page.explained(
        explanationOf(rollout.explanations, { kind: 'gate', stage: about.stage, condition: about.condition }),
      );
      page.rule(verdict.condition, `stages.${stage}.gate.${position}`, []);
      page.records(against.length > 0 ? against : recordsOf(rollout, verdict.measure));
      return page.held(verdict.measure);
    }
    case 'trigger': {
      const index = rollout.triggers.findIndex(({ id }) => id === about.trigger);
      const trigger = rollout.triggers[index];
      if (trigger === undefined) {
        // Firings may be a gate's word on missing data.
        const told = latchedFiring(rollout, about.trigger) ?? newestFiring(rollout, about.trigger);
        return told === null ? null : firingPage(page, rollout, told, t);
      }
      const firing = latchedFiring(rollout, trigger.id) ?? newestFiring(rollout, trigger.id);
      page.head(t('Trigger {0}', plainText(trigger.id)), triggerLine(trigger, firing, t));
      if (firing !== null) page.firing(firing);
      page.verdict(
        { ...trigger.verdict, window: triggerWindow(rollout.standing, trigger) },
        firing === null ? t('Counts') : t('Now'),
      );
      page.rule(trigger.when, `triggers.${index}`, triggerRule(trigger, t));
      page.records(firing?.evidence ?? []);
      return page.held(trigger.id);
    }
    case 'firing':
      return firingPage(page, rollout, about.firing, t);
    case 'rollback': {
      const { phase } = rollout.standing;
      if (phase.kind !== 'rolling-back' && phase.kind !== 'rolled-back' && phase.kind !== 'rollback-failed')
        return null;
      page.head(t('Rollback'), sentence(rollout, now));
      if (phase.cause.kind === 'person') {
        const { by, reason } = phase.cause;
        page.section(t('Who'));
        page.fact(proseText(by));
        page.fact(reason === null ? t('No reason was given.') : t('Reason: {0}', proseText(reason, 2000)));
        return page.held(t('Rollback'));
      }
      page.firing(phase.cause.firing);
      triggerRuleOf(page, rollout, phase.cause.firing, t);
      page.records(phase.cause.firing.evidence);
      return page.held(t('Rollback'));
    }
  }
}

function firingPage(page: Page, rollout: RolloutView, firing: Firing, t: Translate): HeldText {
  const gate = firing.missing?.gate;
  const title = gate === undefined ? t('Trigger {0}', plainText(firing.trigger)) : t('Gate of {0}', plainText(gate));
  page.head(title, firedText(firing, rollout.triggers));
  page.firing(firing);
  triggerRuleOf(page, rollout, firing, t);
  page.records(firing.evidence);
  return page.held(firing.trigger);
}

/** The rule as the plan has it now, beside the rule that fired. */
function triggerRuleOf(page: Page, { triggers }: RolloutView, firing: Firing, t: Translate): void {
  const index = triggers.findIndex(({ id }) => id === firing.trigger);
  const trigger = triggers[index];
  page.rule(firing.condition, `triggers.${index}`, trigger === undefined ? [] : triggerRule(trigger, t));
}

function triggerRule({ over, for: length, min, consequence, rule }: TriggerStatus, t: Translate): readonly string[] {
  return [
    t('Judged over {0}', formatDuration(over)),
    ...(length > 0 ? [t('It must hold for {0}', formatDuration(length))] : []),
    t('Minimum sample: {0}', grouped(min)),
    consequence !== 'rollback'
      ? t('It asks for a review.')
      : rule === 'proven'
        ? t('It rolls back when that is proven; a crossing without proof asks for a review.')
        : t('It rolls back.'),
  ];
}

function triggerLine(trigger: TriggerStatus, firing: Firing | null, t: Translate): string {
  if (firing !== null) return firedText(firing, [trigger]);
  switch (trigger.phase.kind) {
    case 'idle':
      return t('Nobody is exposed, so it is not judged.');
    case 'armed':
      return t('Its condition does not hold.');
    case 'pending':
      return t('Its condition holds, but not for long enough yet.');
    case 'firing':
      return t('Its condition holds.');
  }
}

/** Where the daemon has none any more, the records of triggers on the same measure show the same failures. */
function recordsOf({ journal }: RolloutView, measure: string): Firing['evidence'] {
  for (const { body } of journal) {
    if (body.kind !== 'firing') continue;
    const condition = parseCondition(body.firing.condition);
    if ('measure' in condition && condition.measure === measure) return body.firing.evidence;
  }
  return [];
}

/** Lines, and the links that stand in them. */
class Page {
  readonly #lines: string[] = [];
  readonly #links: HeldLink[] = [];
  readonly #shown: RolloutStanding;
  readonly #name: string;
  readonly #now: number;
  readonly #t: Translate;

  constructor(shown: RolloutStanding, name: string, now: number, t: Translate) {
    this.#shown = shown;
    this.#name = name;
    this.#now = now;
    this.#t = t;
  }

  head(title: string, told: string): void {
    this.#lines.push(`# ${proseText(title)}`, '', proseText(told, 2000), '', `*${proseText(this.#name)}*`);
  }

  section(title: string): void {
    this.#lines.push('', `## ${title}`, '');
  }

  fact(text: string): void {
    this.#lines.push(`- ${text}`);
  }

  verdict(verdict: ConditionVerdict, title: string): void {
    const t = this.#t;
    const { figure, limit, baseline, window, label, reason } = verdict;
    this.section(title);
    this.fact(
      `${t('Verdict')}: ${verdictWords(verdict.verdict, t).word}${reason === '' ? '' : ` (${proseText(reason)})`}`,
    );
    this.#counts(countedOn(figure), figure.n, proseText(figureText(figure, limit)));
    if (limit !== null) this.fact(t('Limit: {0}', proseText(valueText(limit, figure.unit, figure.value))));
    if (baseline !== null) {
      const value = baseline.value === null ? t('no data') : valueText(baseline.value, baseline.unit);
      this.fact(
        t('Baseline: {0} (n {1}, {2})', proseText(value), grouped(baseline.n), proseText(baselineWords(baseline, t))),
      );
    }
    this.#window(window.from, window.to);
    this.section(t('Evidence'));
    this.fact(label === null ? t('No statistic applies to this measure.') : evidenceWords(label, figure.n, t).sentence);
  }

  /** What is different about the failures; nothing where it is not known yet. */
  explained(explanation: Explanation | null): void {
    if (explanation === null) return;
    this.section(this.#t('What explains the failures'));
    for (const { text } of explanationLines(explanation, this.#t)) this.fact(proseText(text, 2000));
    for (const { content } of explanation.signatures) {
      const place = content.kind === 'frame' ? /^(.{1,200}):(\d{1,7})$/.exec(content.text) : null;
      if (place === null) continue;
      const [where = '', file, line] = place;
      this.#linked(`- ${this.#t('Source')}: `, where, this.#t('Open Source at Line'), 'rampwatch.openSourceAtLine', {
        source: { file, line: Number(line) },
      });
    }
    this.#lines.push('', `*${proseText(comparedText(explanation, this.#t))}*`);
  }

  firing(firing: Firing): void {
    const t = this.#t;
    const { n, window, rule } = firing;
    const good = countedOn({ value: rule === 'sequential' ? null : firing.figure, n, good: firing.good });
    this.section(t('When it fired'));
    const [from, to] = this.#span(firing.at, firing.until);
    // A firing of one record begins and ends with it.
    this.fact(from === to ? t('At {0}', from) : t('From {0} to {1}', from, to));
    this.#counts(good, n, proseText(firedText(firing, this.#shown.rollout.triggers)));
    this.#window(window.from, window.to);
    this.fact(ruleText(rule, t));
    const subject = { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at } as const;
    this.explained(explanationOf(this.#shown.rollout.explanations, subject));
  }

  rule(condition: string, part: string, more: readonly string[]): void {
    const { standing, rollout } = this.#shown;
    this.section(this.#t('Rule'));
    const line = rollout.plan.lines[part];
    const written = `- ${codeSpan(shownText(condition))}`;
    if (line === undefined) this.#lines.push(written);
    else {
      const where = `${basename(rollout.plan.file)}:${line}`;
      this.#linked(`${written} · `, where, this.#t('Go to Plan Line'), 'rampwatch.goToPlanLine', {
        folder: standing.folder,
        rollout: rollout.rollout,
        planPart: part,
      });
    }
    for (const each of more) this.fact(each);
  }

  /** Newest first. */
  records(places: Firing['evidence']): void {
    const { standing, rollout } = this.#shown;
    this.section(this.#t('Failing records'));
    if (places.length === 0) this.#lines.push(this.#t('No record is kept for this.'));
    for (const place of places.toReversed()) {
      if (!('file' in place)) {
        this.#lines.push(`- ${placeText(place)}`);
        const text = quotedText(rollout, place);
        if (text !== null) this.#lines.push(`  ${codeSpan(shownText(text))}`);
        continue;
      }
      this.#linked('- ', placeText(place), this.#t('Open Log at Line'), 'rampwatch.openLogAtLine', {
        folder: standing.folder,
        rollout: rollout.rollout,
        planPart: null,
        places: [{ file: place.file, line: place.line, offset: place.offset }],
      });
    }
  }

  held(name: string): HeldText {
    const safe = plainText(name, 60).replaceAll(/[^\p{L}\p{N} _.-]/gu, '-');
    const title = this.#t('Why {0}', safe);
    return { name: `${title}.md`, text: `${this.#lines.join('\n')}\n`, links: this.#links, line: 1 };
  }

  #counts(good: number | null, n: number, told: string): void {
    const t = this.#t;
    this.fact(t('Figure: {0}', told));
    this.fact(t('Sample: {0}', grouped(n)));
    if (good !== null && n > 0) this.fact(t('{0} count towards it, {1} do not', grouped(good), grouped(n - good)));
  }

  #window(from: number | null, to: number | null): void {
    if (from === null) return;
    const zone = this.#shown.rollout.plan.timezone;
    if (to === null) {
      const length = formatDuration(Math.max(0, this.#now - from));
      this.fact(this.#t('Window: since {0} ({1}, {2})', this.#clock(from), length, proseText(zone)));
      return;
    }
    this.fact(
      this.#t('Window: {0} to {1} ({2}, {3})', ...this.#span(from, to), formatDuration(to - from), proseText(zone)),
    );
  }

  #clock(at: number): string {
    return clockText(at, this.#now, this.#shown.rollout.plan.timezone);
  }

  #span(from: number, to: number): readonly [string, string] {
    return spanTexts(from, to, this.#now, this.#shown.rollout.plan.timezone);
  }

  #linked(
    before: string,
    words: string,
    tooltip: string,
    command: HeldLink['command'],
    argument: HeldLink['argument'],
  ): void {
    const text = codeSpan(words);
    this.#lines.push(`${before}${text}`);
    const from = before.length + 1;
    this.#links.push({ line: this.#lines.length, from, to: from + text.length - 2, tooltip, command, argument });
  }
}

/** Between back-ticks nothing but a back-tick has a meaning. */
function codeSpan(text: string): string {
  return `\`${plainText(text, 300).replaceAll('`', "'")}\``;
}

/**
 * Untrusted text in a paragraph that is usually read as plain text, and rendered on request only: the escapes stop at
 * anything that could start a link, an image, code or HTML.
 */
function proseText(text: string, longest = 600): string {
  return plainText(shownText(text), longest).replaceAll(
    /[\\`*[\]<>&]|(?<!\w)_|_(?!\w)/g,
    (character) => `\\${character}`,
  );
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
