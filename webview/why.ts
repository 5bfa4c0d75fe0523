import { h, render } from 'preact';
import type { SourcePlace, WhyHostMessage, WhyPageMessage } from '../daemon/protocol/wire/whyMessages.ts';
import { openHostPort } from './hostPort.ts';
import { whySeriesParams } from './model/whyChart.ts';
import { PageFrame } from './pageFrame.ts';
import { Why } from './parts/why/Why.tsx';
import { speak } from './translate.ts';
import { heardWhy, initialWhyState, sourceKey, type WhyState } from './whyState.ts';

/** The page "Why": hears the host, asks for figures and blame, and draws at most once per frame. */

/** How often the figures are asked for anew while they still grow. */
const refreshEvery = 3000;

const port = openHostPort<WhyHostMessage, WhyPageMessage>(
  {
    snapshot: ['content', 'view', 'language', 'kept'],
    mark: ['mark'],
    series: ['id', 'answer'],
    events: ['events'],
    failures: ['answer'],
    blame: ['place', 'blame'],
  },
  receive,
);
let state: WhyState = initialWhyState;
let askedSeries = { id: 0, at: 0, for: '' };
const askedBlames = new Set<string>();

const frame = new PageFrame(
  (root) => render(h(Why, { state, send: port.send, blame: askForBlame }), root),
  (mark) => port.send({ type: 'read', mark }),
);

function receive(message: WhyHostMessage): void {
  if (message.type === 'mark') frame.marked(message.mark);
  // An answer to an earlier question is of another time.
  if (message.type === 'series' && message.id !== askedSeries.id) return;
  if (message.type === 'snapshot') {
    speak(message.language);
    port.store({ kept: message.kept });
  }
  state = heardWhy(state, message);
  if (message.type === 'snapshot') askForSeries();
  frame.drawSoon();
}

function askForSeries(): void {
  const { content, view, live } = state;
  const figure = content?.figure ?? null;
  if (figure === null || view === null || !live) return;
  const params = whySeriesParams(figure, view);
  const asks = JSON.stringify([params, view.standing.watermark]);
  const now = performance.now();
  if (asks === askedSeries.for || (askedSeries.id > 0 && now - askedSeries.at < refreshEvery)) return;
  askedSeries = { id: askedSeries.id + 1, at: now, for: asks };
  port.send({ type: 'series-wanted', id: askedSeries.id, params });
}

function askForBlame(place: SourcePlace): void {
  if (askedBlames.has(sourceKey(place))) return;
  askedBlames.add(sourceKey(place));
  port.send({ type: 'blame-wanted', place });
}

setInterval(askForSeries, refreshEvery);
frame.draw();
port.send({ type: 'ready' });
