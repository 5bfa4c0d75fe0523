import { h, render } from 'preact';
import type { HostMessage, PageMessage } from '../daemon/protocol/wire/dashboardMessages.ts';
import { openHostPort } from './hostPort.ts';
import { initialNavigation, type Navigation, restoredNavigation } from './navigation.ts';
import { PageFrame } from './pageFrame.ts';
import { heard, initialPageState, nameOf, type PageState } from './pageState.ts';
import { Dashboard } from './parts/Dashboard.tsx';
import { SeriesAsker } from './seriesAsker.ts';
import { speak } from './translate.ts';

/** The page: hears the host, keeps the reader's place, and draws at most once per frame. */

const port = openHostPort<HostMessage, PageMessage>(
  {
    snapshot: ['rollouts', 'shown', 'link', 'language'],
    parts: ['rollout', 'parts'],
    link: ['link'],
    mark: ['mark'],
    series: ['id', 'answer'],
    events: ['rollout', 'events'],
  },
  receive,
);
const asker = new SeriesAsker(port.send);
let state: PageState = initialPageState;
let navigation: Navigation = initialNavigation;
let scrollToRestore = 0;
const frame = new PageFrame(draw, (mark) => port.send({ type: 'read', mark }));

function receive(message: HostMessage): void {
  const clock = Date.now();
  if (message.type === 'mark') {
    frame.marked(message.mark);
    return;
  }
  if (message.type === 'series' && !asker.accepts(message.id, message.answer.kind === 'refused', clock)) return;
  if (message.type === 'snapshot') {
    speak(message.language);
  }
  const before = state.shown;
  state = heard(state, message, clock);
  if (message.type === 'snapshot' && state.shown !== null) {
    const shown = nameOf(state.shown);
    const moved = before !== null && (before.folder !== shown.folder || before.view.rollout !== shown.rollout);
    navigate(moved ? { shown, stage: null } : { shown });
  }
  asker.consider(state, navigation.range, clock);
  frame.drawSoon();
}

function navigate(change: Partial<Navigation>): void {
  navigation = { ...navigation, ...change };
  port.store(navigation);
  asker.consider(state, navigation.range, Date.now());
  frame.drawSoon();
}

function draw(root: HTMLElement): void {
  const now = Math.floor((Date.now() + state.clockAhead) / 1000) * 1000;
  render(
    h(Dashboard, {
      state,
      navigation,
      now,
      send: port.send,
      navigate,
      choose,
    }),
    root,
  );
  if (scrollToRestore > 0 && state.shown !== null && state.series !== null) {
    scrollTo(0, scrollToRestore);
    scrollToRestore = 0;
  }
}

function choose(rollout: NonNullable<Navigation['shown']>): void {
  port.send({ type: 'choose', rollout });
}

navigation = restoredNavigation(port.stored());
scrollToRestore = navigation.scroll;
let scrollStop: ReturnType<typeof setTimeout> | undefined;
addEventListener(
  'scroll',
  () => {
    clearTimeout(scrollStop);
    scrollStop = setTimeout(() => {
      if (scrollToRestore === 0) navigate({ scroll: Math.round(scrollY) });
    }, 200);
  },
  { passive: true },
);
setInterval(() => {
  asker.consider(state, navigation.range, Date.now());
  frame.drawSoon();
}, 1000);
frame.draw();
port.send({ type: 'ready', shown: navigation.shown });
