import type { DashboardLink, PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { PlanProblem, RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import type { SymbolName, Tone } from '../../daemon/protocol/words/factWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';

/** One line above everything: the shown state may be out of date. */
export interface Banner {
  readonly key: string;
  readonly symbol: SymbolName;
  readonly tone: Tone;
  readonly text: string;
  readonly help: { readonly label: string; readonly asks: PageMessage } | null;
}

export function banners(
  view: RolloutView,
  link: DashboardLink,
  faults: readonly string[],
  problems: readonly PlanProblem[],
  now: number,
): readonly Banner[] {
  const found: Banner[] = [];
  const about = linkBanner(link, problems, view.plan.timezone, now);
  if (about !== null) found.push(about);
  for (const fault of faults) {
    found.push({ key: `fault ${fault}`, symbol: 'warning', tone: 'bad', text: plainText(fault), help: null });
  }
  // Without a daemon the rollout does not continue; a plan that keeps the daemon from starting is among the problems.
  if (view.plan.problem !== null && link.kind !== 'stopped') {
    const text = t('The plan file cannot be used; the last good one stays in use. {0}', plainText(view.plan.problem));
    found.push({ key: 'plan', symbol: 'warning', tone: 'caution', text, help: openPlan(view.plan.file) });
  }
  for (const { file, message } of problems) {
    const text = plainText(message);
    found.push({ key: `problem ${file}`, symbol: 'warning', tone: 'caution', text, help: openPlan(file) });
  }
  return found;
}

function openPlan(file: string): Banner['help'] {
  return { label: t('Open Plan'), asks: { type: 'open-faulty-plan', file } };
}

function linkBanner(link: DashboardLink, problems: readonly PlanProblem[], zone: string, now: number): Banner | null {
  switch (link.kind) {
    case 'live':
      return null;
    case 'starting':
      return banner('few', 'quiet', t('Connecting to the daemon. The page shows the last known state.'), null);
    case 'stale': {
      const text = t(
        'The daemon has been silent since {0}. The page shows the state of that time.',
        at(link.since, now, zone),
      );
      return banner('plug', 'caution', text, { label: t('Show Log'), asks: { type: 'help', with: 'show-log' } });
    }
    case 'gone': {
      const text = t(
        'The daemon has been gone since {0}; trying again. The page shows the state of that time.',
        at(link.since, now, zone),
      );
      return banner('plug', 'caution', text, { label: t('Show Log'), asks: { type: 'help', with: 'show-log' } });
    }
    case 'stopped': {
      const { detail } = link;
      const told = detail === null || problems.some(({ message }) => message === detail);
      const cause = told ? '' : ` ${plainText(detail)}`;
      const text = t('The daemon is not running: nothing is watched and nothing rolls back by itself.');
      return banner('plug', 'caution', `${text}${cause}`, {
        label: t('Start Daemon'),
        asks: { type: 'help', with: 'start-daemon' },
      });
    }
  }
}

function banner(symbol: SymbolName, tone: Tone, text: string, help: Banner['help']): Banner {
  return { key: 'link', symbol, tone, text, help };
}

function at(since: number, now: number, zone: string): string {
  return clockText(since, now, zone);
}
