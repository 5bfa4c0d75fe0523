import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quotedLines } from '../../daemon/live/quotedLines.ts';
import { RolloutJournal } from '../../daemon/live/rolloutJournal.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import { placeKey } from '../../daemon/protocol/words/placeText.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { credential, credentialKinds } from '../support/credentials.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const at = Date.UTC(2025, 10, 3, 9);
const minute = 60_000;

function loadedPlan(root: string): LoadedPlan {
  const parsed = parsePlan(
    `version: 1
id: uploads
sources: [{ file: metrics.jsonl }, { file: app.log, format: text }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } }, critical: { lines: [CRITICAL] } }
stages: [{ id: half, percent: 50 }]
`,
    join(root, 'rampwatch.yaml'),
  );
  if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
  return parsed.loaded;
}

function firingOn(file: string, offsets: readonly number[]): Firing {
  return {
    trigger: 'failing',
    rule: 'literal',
    at: eventTime(at),
    until: eventTime(at),
    window: { from: eventTime(at - minute), to: eventTime(at) },
    n: offsets.length,
    good: 0,
    figure: 0,
    condition: 'ok < 80%',
    evidence: offsets.map((offset, index) => ({ file, line: index + 1, offset })),
  };
}

function records(count: number, from = at - 30_000): { readonly text: string; readonly offsets: readonly number[] } {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({ timestamp: new Date(from + index).toISOString(), arm: 'new', ok: false, id: index }),
  );
  const offsets: number[] = [];
  let offset = 0;
  for (const line of lines) {
    offsets.push(offset);
    offset += Buffer.byteLength(line) + 1;
  }
  return { text: lines.map((line) => `${line}\n`).join(''), offsets };
}

const quote = (root: string, firing: Firing) => {
  const loaded = loadedPlan(root);
  return quotedLines(loaded, compileInstrument(loaded.plan), firing, wallTime(at), []);
};

describe('the lines behind a firing', () => {
  it('are its newest ten, as they stand in the file', async () => {
    const root = temporaryDirectory();
    const { text, offsets } = records(30);
    writeFileSync(join(root, 'metrics.jsonl'), text);
    const quoted = await quote(root, firingOn('metrics.jsonl', offsets));
    expect(quoted).toMatchObject({ kind: 'lines', trigger: 'failing', firedAt: at });
    expect(quoted?.lines.map(({ text: line }) => line)).toEqual(text.trimEnd().split('\n').slice(-10));
    expect(quoted?.lines[0]?.place).toEqual({ file: 'metrics.jsonl', line: 21, offset: offsets[20] });
  });

  it('quotes what its source kept of a stream and of a query, without secrets', async () => {
    const loaded = loadedPlan(temporaryDirectory());
    const places = [
      { stream: 'ssh app tail -F app.log', line: 7 },
      { query: 'requests_total', at: eventTime(at) },
      { stream: 'ssh app tail -F app.log', line: 8 },
    ];
    const kept = new Map([
      [placeKey(places[0] as Place), '{"ok":false,"note":"sesame open"}'],
      [placeKey(places[1] as Place), 'total +3, bad +1'],
    ]);
    const quoted = await quotedLines(
      loaded,
      compileInstrument(loaded.plan),
      { ...firingOn('metrics.jsonl', []), evidence: places },
      wallTime(at),
      ['sesame open'],
      (place) => kept.get(placeKey(place)) ?? null,
    );
    expect(quoted?.lines.map(({ place }) => place)).toEqual(places.slice(0, 2));
    expect(quoted?.lines[0]?.text).not.toContain('sesame');
    expect(quoted?.lines[1]?.text).toBe('total +3, bad +1');
  });

  it('are without what looks like a secret, and without what the settings hold', async () => {
    const root = temporaryDirectory();
    const loaded = loadedPlan(root);
    const line = JSON.stringify({
      timestamp: new Date(at).toISOString(),
      arm: 'new',
      ok: false,
      key: 'sesame open',
      n: 1,
    });
    for (const kind of Object.keys(credentialKinds)) {
      const { text, secret } = credential(kind, 7);
      writeFileSync(join(root, 'metrics.jsonl'), `${line.replace('"n":1', `"note":${JSON.stringify(text)}`)}\n`);
      const quoted = await quotedLines(
        loaded,
        compileInstrument(loaded.plan),
        firingOn('metrics.jsonl', [0]),
        wallTime(at),
        ['sesame open'],
      );
      expect(quoted?.lines.length, kind).toBe(1);
      expect(quoted?.lines[0]?.text, kind).not.toContain(secret);
      expect(quoted?.lines[0]?.text, kind).not.toContain('sesame');
    }
  });

  it('are not taken from another file that has taken the name', async () => {
    const root = temporaryDirectory();
    const { text, offsets } = records(3);
    writeFileSync(join(root, 'metrics.jsonl'), text);
    renameSync(join(root, 'metrics.jsonl'), join(root, 'metrics.jsonl.1'));
    // The lines begin at the very same bytes.
    writeFileSync(join(root, 'metrics.jsonl'), records(3, at + 10 * minute).text);
    expect(await quote(root, firingOn('metrics.jsonl', offsets))).toBeNull();
    writeFileSync(join(root, 'metrics.jsonl'), `x${text}`);
    expect(await quote(root, firingOn('metrics.jsonl', offsets.slice(1)))).toBeNull();
  });

  it('are lines of a log that matched, and none from outside the folder, from an archive or from nowhere', async () => {
    const root = temporaryDirectory();
    const log = '2025-11-03T08:59:30Z INFO fine\n2025-11-03T08:59:40Z CRITICAL no\u001b[31m\n';
    writeFileSync(join(root, 'app.log'), log);
    const second = log.indexOf('\n') + 1;
    const quoted = await quote(root, firingOn('app.log', [0, second]));
    expect(quoted?.lines.map(({ text }) => text)).toEqual(['2025-11-03T08:59:40Z CRITICAL no\\u001b[31m']);
    for (const file of ['../app.log', '/etc/passwd', 'app.log.1.gz', 'gone.log', '.']) {
      expect(await quote(root, firingOn(file, [0]))).toBeNull();
    }
  });
});

describe('the journal of a rollout', () => {
  const measured: JournalBody = {
    kind: 'measured',
    attempt: 1,
    stage: 'half',
    from: eventTime(at),
    gate: [],
    arms: { treatment: 1, control: 1 },
  };
  const execution = { visit: { from: at }, measured: () => measured };

  function journalWith(bodies: readonly JournalBody[]) {
    const root = temporaryDirectory();
    const store = openStore(root);
    store.commit({
      rollout: 'uploads',
      journal: bodies.map((body, index) => ({ at: wallTime(at + index), attempt: 1, body })),
      durable: false,
    });
    const loaded = loadedPlan(root);
    const clock = { now: at };
    const recorded: JournalBody[] = [];
    const journal = new RolloutJournal({
      loaded,
      instrument: compileInstrument(loaded.plan),
      store,
      now: () => wallTime(clock.now),
      textAt: () => null,
      secrets: () => [],
      failed: (error) => {
        throw error;
      },
    });
    const tick = (): void => {
      const added = journal.tick(execution as never);
      recorded.push(...added);
      if (added.length === 0) return;
      const entries = store.commit({
        rollout: 'uploads',
        journal: added.map((body) => ({ at: wallTime(clock.now), attempt: 1, body })),
        durable: false,
      });
      journal.take(entries, () => undefined);
    };
    return { journal, clock, recorded, tick };
  }

  it('measures while it is silent: each minute at first, each quarter of an hour after days', () => {
    const { journal, clock, recorded, tick } = journalWith([{ kind: 'daemon', detail: 'begin' }]);
    const counted = (until: number): number => {
      const before = recorded.length;
      for (; clock.now < until; clock.now += 1000) tick();
      return recorded.length - before;
    };
    expect(counted(at + 10 * minute)).toBeGreaterThanOrEqual(9);
    counted(at + 48 * 60 * minute);
    expect(counted(at + 72 * 60 * minute)).toBeLessThanOrEqual(4 * 24);
    // Measurements do not push entries out of the view.
    expect(journal.shown.map(({ body }) => body.kind)).toEqual(['daemon']);
  });

  it('shows as much as a view holds after a restart, however much was measured since', () => {
    const details = Array.from({ length: 60 }, (_, index): JournalBody => ({ kind: 'daemon', detail: `${index}` }));
    const { journal } = journalWith([...details, ...Array.from({ length: 1000 }, () => measured)]);
    expect(journal.shown).toHaveLength(50);
    expect(journal.shown[0]?.body).toEqual({ kind: 'daemon', detail: '59' });
  });
});
