import { useMemo } from 'preact/hooks';
import type { PageMessage, RolloutName } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { announcementKey } from '../model/announcement.ts';
import { banners } from '../model/banners.ts';
import { checklistRows, somethingIsDue } from '../model/checklistCards.ts';
import { firingCards } from '../model/firingCards.ts';
import { flagCard } from '../model/flagCard.ts';
import { gateRows } from '../model/gateTable.ts';
import { sourceRows } from '../model/sourceRows.ts';
import { stageRail } from '../model/stageRail.ts';
import { triggerRows, triggersIdle } from '../model/triggerTable.ts';
import { unbroken } from '../model/unbroken.ts';
import type { Navigation } from '../navigation.ts';
import { nameOf, type PageState } from '../pageState.ts';
import { t } from '../translate.ts';
import { Banners } from './Banners.tsx';
import { Charts } from './Charts.tsx';
import { Checklists } from './Checklists.tsx';
import { Empty } from './Empty.tsx';
import { Firings } from './Firings.tsx';
import { Flag } from './Flag.tsx';
import { GateTable } from './GateTable.tsx';
import { Headline } from './Headline.tsx';
import { Sources } from './Sources.tsx';
import { StageRail } from './StageRail.tsx';
import { TopBar } from './TopBar.tsx';
import { Triggers } from './Triggers.tsx';

interface DashboardProps {
  readonly state: PageState;
  readonly navigation: Navigation;
  /** The host's clock, in whole seconds. */
  readonly now: number;
  readonly send: (message: PageMessage) => void;
  readonly navigate: (change: Partial<Navigation>) => void;
  readonly choose: (name: RolloutName) => void;
}

export function Dashboard(props: DashboardProps) {
  const { state, send } = props;
  const { shown, empty, problems, link } = state;
  const cause = link.kind === 'stopped' ? link.detail : null;
  if (shown === null) return <Empty empty={empty} problems={problems} cause={cause} send={send} />;
  return <Shown {...props} shown={shown} />;
}

function Shown(props: DashboardProps & { readonly shown: NonNullable<PageState['shown']> }) {
  const { state, navigation, now, send, navigate, choose, shown } = props;
  const { view } = shown;
  const { link, faults, problems, rollouts, series, events, seriesRefusal } = state;
  const live = link.kind === 'live';
  const { folder, rollout } = nameOf(shown);
  const name = useMemo(() => ({ folder, rollout }), [folder, rollout]);

  const openLine = useMemo(() => (part: string) => send({ type: 'open-plan-line', rollout: name, part }), [send, name]);
  const showWhy = useMemo(() => (about: WhyQuestion) => send({ type: 'show-why', rollout: name, about }), [send, name]);
  const whyTrigger = useMemo(() => (trigger: string) => showWhy({ kind: 'trigger', trigger }), [showWhy]);
  const chosen = chosenStage(view, navigation.stage);

  const gate = useMemo(() => {
    const stage = view.stages[chosen];
    if (stage === undefined) return null;
    const title = t('Gate of {0} ({1})', partTitle(stage), percentText(stage.percent));
    const follow = chosen === view.standing.stageIndex ? null : () => navigate({ stage: null });
    const why = (condition: string) =>
      send({ type: 'show-why', rollout: name, about: { kind: 'condition', stage: stage.id, condition } });
    return <GateTable rows={gateRows(view, chosen)} title={title} follow={follow} openLine={openLine} why={why} />;
  }, [view.stages, view.plan, view.standing.stageIndex, chosen, name, send, navigate, openLine]);
  const fired = useMemo(
    () => (
      <Firings
        cards={firingCards(view, sentence(view, now))}
        open={(place) => send({ type: 'open-evidence', rollout: name, place })}
        why={whyTrigger}
      />
    ),
    [view.standing.phase, view.plan.timezone, name, send, whyTrigger],
  );
  // "due tomorrow" becomes "due today" by the clock alone.
  const minute = Math.floor(now / 60_000);
  const checklists = useMemo(
    () => (
      <Checklists
        rows={checklistRows(view, minute * 60_000)}
        review={live && somethingIsDue(view) ? () => send({ type: 'daily-review', rollout: name }) : null}
      />
    ),
    [live, name, send, view.checklists, view.deliverables, view.plan.timezone, minute],
  );

  return (
    <div class={live ? 'page' : 'page as-of-then'}>
      <TopBar view={view} name={name} rollouts={rollouts} live={live} send={send} choose={choose} />
      <main>
        <Banners banners={banners(view, link, faults, problems, now)} send={send} />
        <Headline
          sentence={unbroken(sentence(view, now))}
          health={view.standing.health}
          says={`${link.kind} ${announcementKey(view)}`}
          zone={view.plan.timezone}
          copy={() => send({ type: 'copy-for-chat', rollout: name })}
        />
        {fired}
        <StageRail
          stops={stageRail(view, now)}
          chosen={view.stages[chosen]?.id ?? ''}
          choose={(stage) => navigate({ stage: stage === view.stages[view.standing.stageIndex]?.id ? null : stage })}
        />
        <div class="columns">
          {gate}
          <div class="beside">
            <Triggers rows={triggerRows(view, now)} idle={triggersIdle(view)} openLine={openLine} why={whyTrigger} />
            <Flag card={flagCard(view, now)} />
          </div>
          <Charts
            view={view}
            series={series?.series ?? null}
            events={events}
            refusal={seriesRefusal}
            live={live}
            range={navigation.range}
            choose={(range) => navigate({ range })}
            why={showWhy}
          />
          <div class="rest">
            {checklists}
            <Sources rows={sourceRows(view, now)} />
          </div>
        </div>
      </main>
    </div>
  );
}

function chosenStage({ stages, standing }: RolloutView, stage: string | null): number {
  const found = stages.findIndex(({ id }) => id === stage);
  return found === -1 ? standing.stageIndex : found;
}
