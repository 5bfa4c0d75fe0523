import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';

const plan = `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: off, percent: 0 }, { id: half, percent: 50 }]
flag: { dotenv: .env, set: { UPLOAD_ENABLED: "\${enabled}" } }
tests: [{ name: Unit, junit: reports/unit.xml, expect: 2 }]
checklists:
  - id: before
    title: Before
    items:
      - Read the guide
      - { title: Tests pass, evidence: tests }
      - { title: Review written, evidence: { file: review.md } }
      - { title: Flag is off, evidence: { flag: { UPLOAD_ENABLED: false } } }
deliverables: [Final report]
`;
const report = (now: string, tests: string) =>
  `<?xml version="1.0"?><testsuite name="unit" tests="2" timestamp="${now}">${tests}</testsuite>`;

function itemOf(view: WorkspaceView, id: string): ChecklistItemView | undefined {
  return rolloutIn(view)
    .checklists.flatMap(({ items }) => items)
    .find((item) => item.id === `before/${id}`);
}
const tickedBy = (id: string, by: string | null) => (view: WorkspaceView) =>
  (itemOf(view, id)?.ticked?.by ?? null) === by;

describe('checklists of a real daemon', () => {
  it('tick themselves on evidence, untick themselves, and keep claims as claims, also over a restart', async () => {
    const workspace = testWorkspace(plan);
    workspace.write('.env', 'UPLOAD_ENABLED=false\n');
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();

    await viewWhere(client, tickedBy('flag-is-off', 'evidence'));
    workspace.write('review.md', 'calm\n');
    const reviewed = await viewWhere(client, tickedBy('review-written', 'evidence'));
    expect(itemOf(reviewed, 'review-written')).toMatchObject({ from: 'evidence', evidence: { state: 'holds' } });
    expect(rolloutIn(reviewed).tests).toMatchObject([{ name: 'Unit', state: 'missing' }]);

    const now = new Date().toISOString();
    workspace.write('reports/unit.xml', report(now, '<testcase name="a"/><testcase name="b"/>'));
    await viewWhere(client, tickedBy('tests-pass', 'evidence'));
    workspace.write('reports/unit.xml', report(now, '<testcase name="a"/><testcase name="b"><failure/></testcase>'));
    const failing = await viewWhere(client, tickedBy('tests-pass', null));
    expect(itemOf(failing, 'tests-pass')?.evidence).toEqual({ state: 'fails', detail: 'Unit: 1 of 2 tests failed: b' });
    const said = rolloutIn(failing).journal.flatMap(({ body }) => (body.kind === 'evidence' ? [body] : []));
    expect(said[0]).toMatchObject({ item: 'before/tests-pass', occurrence: 'once', holds: false });

    const suites = rolloutIn(failing).journal.flatMap(({ body }) =>
      body.kind === 'tests' ? [[body.suite.state, body.suite.detail]] : [],
    );
    expect(suites).toEqual([
      ['failing', '1 of 2 tests failed: b'],
      ['passing', '2 passed'],
      ['missing', 'there is no report at reports/unit.xml'],
    ]);
    expect((await workspace.run('report')).stdout).toMatch(/\| Unit \| \*\*failing\*\* \| 1 \| 2 \| 1 \|/);

    rmSync(join(workspace.folder, 'review.md'));
    await viewWhere(client, tickedBy('review-written', null));

    const refused = await workspace.run('untick', 'flag-is-off');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/is ticked by its evidence/);
    const ticked = await workspace.run('tick', 'tests-pass', '--note', 'seen on the build server');
    expect(ticked.code).toBe(0);
    const claimed = await viewWhere(client, (view) => itemOf(view, 'tests-pass')?.from === 'claim');
    expect(itemOf(claimed, 'tests-pass')?.ticked?.note).toBe('seen on the build server');
    expect((await workspace.run('tick', 'final-report')).stdout).toMatch(/Ticked deliverables\/final-report/);

    await daemon.kill();
    workspace.startDaemon();
    const again = await workspace.connect();
    const view = await viewWhere(again, tickedBy('flag-is-off', 'evidence'));
    expect(itemOf(view, 'tests-pass')).toMatchObject({ from: 'claim' });
    expect(rolloutIn(view).deliverables?.items).toMatchObject([{ id: 'deliverables/final-report', from: 'claim' }]);
    await viewWhere(again, (each) => rolloutIn(each).tests?.[0]?.state === 'failing');

    const status = await workspace.run('status');
    expect(status.stdout).toMatch(/tests Unit: 1 of 2 tests failed: b/);
    expect(status.stdout).toMatch(/Before: 2 of 4 done, 1 on evidence/);
    expect(status.stdout).toMatch(/Deliverables: 1 of 1 done/);
  });
});
