import { describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { HostMessage, PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import { announcementKey } from '../../webview/model/announcement.ts';
import { restoredNavigation } from '../../webview/navigation.ts';
import { heard, initialPageState, type PageState } from '../../webview/pageState.ts';
import { SeriesAsker } from '../../webview/seriesAsker.ts';
import { lookedAt } from '../extension/sampleViews.ts';
import { fullRollout, sampleSeries, snapshot } from './dashboardSamples.ts';

const view = fullRollout();
const shown = heard(initialPageState, snapshot(view), lookedAt - 500);

function told(state: PageState, ...messages: readonly HostMessage[]): PageState {
  return messages.reduce((held, message) => heard(held, message, lookedAt), state);
}

describe('what the page knows', () => {
  it('is what the last snapshot said, by the host’s clock', () => {
    expect(shown.shown?.view).toBe(view);
    expect(shown.clockAhead).toBe(500);
  });

  it('changes by whole parts, and leaves the others the very same', () => {
    const checklists: typeof view.checklists = [];
    const changed = told(shown, {
      type: 'parts',
      rollout: { folder: 'app', rollout: view.rollout },
      parts: { checklists },
    });
    expect(changed.shown?.view.checklists).toBe(checklists);
    expect(changed.shown?.view.stages).toBe(view.stages);
  });

  it('does not change by parts of a rollout that is not shown', () => {
    const parts = { checklists: [] };
    const other = { type: 'parts', rollout: { folder: 'other', rollout: view.rollout }, parts } as const;
    expect(told(shown, other)).toBe(shown);
  });

  it('keeps the figures over a snapshot of the same rollout, and forgets them for another', () => {
    const charted = told(shown, { type: 'series', id: 4, answer: { kind: 'series', series: sampleSeries() } });
    expect(told(charted, snapshot(view)).series).toBe(charted.series);
    expect(told(charted, snapshot({ ...view, rollout: 'other' })).series).toBeNull();
  });

  it('is not overtaken by an older answer', () => {
    const newest = told(shown, { type: 'series', id: 4, answer: { kind: 'series', series: sampleSeries(5) } });
    expect(told(newest, { type: 'series', id: 3, answer: { kind: 'series', series: sampleSeries(9) } })).toBe(newest);
  });
});

describe('asking for figures', () => {
  function asked() {
    const sent: Extract<PageMessage, { type: 'series-wanted' }>[] = [];
    const asker = new SeriesAsker((message) => {
      if (message.type === 'series-wanted') sent.push(message);
    });
    return { sent, asker };
  }
  const moved = (by: number): PageState => {
    const watermark = eventTime((view.standing.watermark ?? 0) + by);
    return told(shown, {
      type: 'parts',
      rollout: { folder: 'app', rollout: view.rollout },
      parts: { standing: { ...view.standing, watermark } },
    });
  };

  it('asks once, however often it is looked at, until the answer comes and newer data with it', () => {
    const { sent, asker } = asked();
    for (let at = 0; at < 50; at += 1) asker.consider(moved(at), 'hour', lookedAt + at);
    expect(sent).toHaveLength(1);
    expect(asker.accepts(1, false, lookedAt + 50)).toBe(true);
    const answered = told(moved(0), { type: 'series', id: 1, answer: { kind: 'series', series: sampleSeries() } });
    asker.consider(answered, 'hour', lookedAt + 5000);
    expect(sent).toHaveLength(1);
    asker.consider({ ...answered, shown: moved(99).shown }, 'hour', lookedAt + 5000);
    expect(sent).toHaveLength(2);
  });

  it('asks at once for another range, and then takes no answer to what was asked before', () => {
    const { sent, asker } = asked();
    asker.consider(shown, 'hour', lookedAt);
    asker.consider(shown, 'whole', lookedAt + 1);
    expect(sent.map(({ params }) => params.from)).toEqual([lookedAt - 3_612_000, lookedAt - 101 * 3_600_000]);
    expect(asker.accepts(1, false, lookedAt)).toBe(false);
    expect(asker.accepts(2, false, lookedAt)).toBe(true);
  });

  it('asks nobody while the daemon is away, gives a lost question up, and waits after a refusal', () => {
    const { sent, asker } = asked();
    asker.consider({ ...shown, link: { kind: 'starting' } }, 'hour', lookedAt);
    expect(sent).toHaveLength(0);
    asker.consider(shown, 'hour', lookedAt);
    asker.consider(shown, 'hour', lookedAt + 10_001);
    expect(sent).toHaveLength(2);
    asker.accepts(2, true, lookedAt + 10_002);
    const refused = { ...shown, seriesRefusal: 'no' };
    asker.consider(refused, 'hour', lookedAt + 11_000);
    expect(sent).toHaveLength(2);
    asker.consider(refused, 'hour', lookedAt + 16_000);
    expect(sent).toHaveLength(3);
  });
});

describe('what is spoken', () => {
  it('is nothing new when only time passes or counts grow', () => {
    const later = fullRollout({}, { missing: ['latency 107 % of control, needs 105 %', 'soak ends tomorrow 05:00'] });
    const former = fullRollout({}, { missing: ['latency 108 % of control, needs 105 %', 'soak ends tomorrow 05:00'] });
    expect(announcementKey(later)).toBe(announcementKey(former));
  });

  it('is something new for another phase, stage or verdict', () => {
    const keys = [
      view,
      fullRollout({}, { gateMet: 2 }),
      fullRollout({}, { phase: { kind: 'ready' } }),
      fullRollout({}, { stage: 'fifty' }),
      fullRollout({}, { health: { kind: 'stale', detail: 'logs are silent' } }),
    ].map(announcementKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('where the reader was', () => {
  it('comes back as it was stored, and as the usual place when it makes no sense', () => {
    const stored = { shown: { folder: 'app', rollout: 'one' }, range: 'hour', stage: 'ten', scroll: 40 };
    expect(restoredNavigation(structuredClone(stored))).toEqual(stored);
    const usual = { shown: null, range: 'day', stage: null, scroll: 0 };
    for (const nonsense of [undefined, null, 3, 'x', {}, { shown: 3, range: 'year', stage: 4, scroll: Number.NaN }]) {
      expect(restoredNavigation(nonsense)).toEqual(usual);
    }
  });
});
