import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { testWorkspace, viewWhere } from '../support/runningDaemon.ts';

const plan = `version: 1
id: shop
timezone: UTC
sources: [{ file: orders.jsonl, fresh: 1h }, { file: app.log, format: text }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures:
  ok: { share: { outcome: ok } }
  slow: { quantile: 0.95, field: ms, unit: ms }
  critical: { lines: [CRITICAL] }
stages:
  - { id: half, percent: 50, gate: ["ok >= 99%", "slow <= 200ms"] }
  - { id: full, percent: 100 }
triggers:
  - { id: failing, when: "ok < 80%", over: 1h, min: 20, then: review }
  - { id: critical, when: "critical > 0", over: 1h, then: review }
flag:
  dotenv: .env
  set: { SHOP_ON: "\${enabled}", SHOP_PERCENT: "\${percent}" }
`;
const joinedPlan = plan
  .replace(
    /sources: .*/,
    `sources:
  - { file: exposures.jsonl, fresh: 1h, join: { key: user, exposures: all, within: 1h } }
  - { file: checkouts.jsonl, fresh: 1h, join: { key: customer } }`,
  )
  .replace(/arms: .*/, 'arms: { treatment: { variation: new }, control: { variation: old } }')
  .replace('outcome: ok', 'status: "< 500"')
  .replace(/ {2}(?:slow|critical): .*\n/g, '')
  .replace(', "slow <= 200ms"', '')
  .replace(/ {2}- \{ id: critical.*\n/, '');
const secret = 'sk_live_51HqLyjWDarjtT1zdp7dc';

/** Of each provider's orders those of klarna fail, and klarna is slow. */
function orders(n: number): string {
  const providers = ['stripe', 'adyen', 'klarna'];
  let text = '';
  for (let index = 0; index < n; index += 1) {
    const arm = index % 2 === 0 ? 'new' : 'old';
    const provider = providers[Math.floor(index / 2) % 3];
    const fails = arm === 'new' && provider === 'klarna';
    const refused = arm === 'old' && index % 51 === 1;
    const error = (type: string, message: string, frame: string) => ({
      type,
      message,
      stack: `${type}: ${message}\n    at price (file:///srv/shop/src/${frame})\n    at node:internal/a:1:1`,
    });
    text += `${JSON.stringify({
      timestamp: new Date().toISOString(),
      order: `ord-${index}`,
      arm,
      provider,
      ms: fails ? 900 + (index % 50) : 100 + (index % 50),
      outcome: fails || refused ? 'error' : 'ok',
      ...(fails && {
        token: secret,
        error: error('TypeError', `\u001b[31m<b>no price of item ${index}`, 'checkoutV2.mjs:9:49'),
      }),
      ...(refused && { error: error('CardDeclined', 'card was declined', 'checkoutV1.mjs:12:9') }),
    })}\n`;
  }
  return text;
}

function explained({ rollouts }: WorkspaceView, name: string): boolean {
  return (rollouts[0]?.explanations ?? []).some(({ about }) =>
    about.kind === 'trigger' ? about.trigger === name : about.condition === name,
  );
}

function explainedTrigger(view: WorkspaceView | null, name: string) {
  const known = view?.rollouts[0]?.explanations ?? [];
  const found = known.flatMap(({ about }) => (about.kind === 'trigger' && about.trigger === name ? [about] : []))[0];
  if (found === undefined) throw new Error(`${name} is not explained`);
  return found;
}

describe('what explains the failures, with a real daemon', () => {
  it('names the field and the new errors behind a firing and unmet conditions, once, and again after a restart', async () => {
    const workspace = testWorkspace(plan);
    workspace.write('.env', 'SHOP_ON=false\nSHOP_PERCENT=0\n');
    workspace.write('orders.jsonl', '');
    const old = new Date(Date.now() - 3_600_000).toISOString();
    workspace.write('app.log', `${`${old} CRITICAL disk of db-1 full\n`}${`${old} INFO fine\n`.repeat(40)}`);
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    expect((await workspace.run('begin')).stderr).toBe('');
    await viewWhere(client, ({ rollouts }) => rollouts[0]?.flag?.effect?.progress === 'verified');
    appendFileSync(join(workspace.folder, 'orders.jsonl'), orders(600));
    const now = new Date().toISOString();
    appendFileSync(
      join(workspace.folder, 'app.log'),
      `${now} CRITICAL price of item 17 is null\n${now} CRITICAL price of item 18 is null\n${now} CRITICAL disk of db-2 full\n`,
    );
    const names = ['failing', 'critical', 'ok >= 99%', 'slow <= 200ms'];
    await viewWhere(client, (view) => names.every((name) => explained(view, name)));

    // As the journal keeps it: the surfaces take secrets out once more.
    const kept = JSON.stringify(client.view?.rollouts[0]?.explanations);
    expect(kept).toContain('"text":"[redacted]"');
    expect(kept).not.toContain(secret);

    const about = explainedTrigger(client.view, 'failing');
    const asked = { rollout: 'shop', about };
    const told = await client.request('failures', asked);
    const [group, ...others] = told.groups;
    expect(others).toEqual([]);
    expect(group?.of).toMatchObject({ field: 'error.type', content: { text: 'TypeError' }, isNew: true });
    expect(group?.records.length).toBeGreaterThan(3);
    const [record] = group?.records ?? [];
    const field = (path: string) => record?.fields.find((each) => each.path === path);
    expect(field('outcome')).toEqual({ path: 'outcome', text: 'error', mark: 'fails' });
    expect(field('provider')).toEqual({ path: 'provider', text: 'klarna', mark: 'telling' });
    expect(field('order')?.mark).toBeNull();
    expect(field('error.stack')?.text.split('\n')).toHaveLength(3);
    expect(field('token')?.text).toBe('[redacted]');
    expect(record?.place).toMatchObject({ file: 'orders.jsonl' });
    expect(told.passed.length).toBeGreaterThan(3);
    expect(
      told.passed.every(({ fields }) => fields.some(({ path, text }) => path === 'outcome' && text === 'ok')),
    ).toBe(true);
    expect(JSON.stringify(told)).not.toContain(secret);

    // Its records are found again where the log has been rotated and compressed.
    renameSync(join(workspace.folder, 'orders.jsonl'), join(workspace.folder, 'orders.jsonl.1'));
    execFileSync('gzip', [join(workspace.folder, 'orders.jsonl.1')]);
    writeFileSync(join(workspace.folder, 'orders.jsonl'), orders(80));
    expect((await client.request('failures', asked)).groups).toEqual(told.groups);

    const ofGate = await client.request('failures', {
      rollout: 'shop',
      about: { kind: 'gate', stage: 'half', condition: 'slow <= 200ms' },
    });
    expect(ofGate.groups.map(({ of }) => of?.field)).toEqual(['error.type']);
    const ofLines = await client.request('failures', {
      rollout: 'shop',
      about: explainedTrigger(client.view, 'critical'),
    });
    expect(ofLines.groups.map(({ of, records }) => [of?.field, records.length])).toEqual([['line', 1]]);

    const { code, stdout } = await workspace.run('why');
    expect(code).toBe(0);
    expect(stdout).toContain(
      '100 of 100 failures have provider = klarna; 0 of 200 successes do; of the control’s records with it',
    );
    expect(stdout).toMatch(
      /100 of 100 failures have error\.type = TypeError: NEW, none of the control’s \d+ failures does/,
    );
    expect(stdout).toContain('error.stack at checkoutV2.mjs:9: NEW');
    expect(stdout).toMatch(/have error\.message ~ .*<b>no price of item #: NEW/);
    expect(stdout).toContain('slow records have provider = klarna');
    expect(stdout).toContain('2 of 3 matching lines have line ~ # CRITICAL price of item # is null: NEW');
    expect(stdout).toContain(
      '1 of 3 matching lines have line ~ # CRITICAL disk of db-# full; 1 of 1 before the attempt did',
    );
    expect(stdout).not.toContain('CardDeclined');
    expect(stdout).not.toContain('\u001b');

    const one = JSON.parse((await workspace.run('why', 'failing', '--json')).stdout);
    expect(one.explanations).toHaveLength(1);
    expect(one.explanations[0].says[0]).toContain('provider = klarna');
    const unknown = await workspace.run('why', 'nothing');
    expect([unknown.code, unknown.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(unknown.stderr).toContain('failing');

    const report = (await workspace.run('report')).stdout;
    expect(report).toContain('100 of 100 failures have provider = klarna');
    for (const text of [stdout, report, (await workspace.run('journal', '--json')).stdout])
      expect(text).not.toContain(secret);

    await client.close();
    await daemon.kill();
    workspace.startDaemon();
    const again = await workspace.connect();
    await viewWhere(again, (view) => names.every((name) => explained(view, name)));
    const entries = JSON.parse((await workspace.run('journal', '--json', '--limit', '500')).stdout)
      .entries as readonly {
      readonly body: { readonly kind: string };
    }[];
    expect(entries.filter(({ body }) => body.kind === 'explained')).toHaveLength(names.length);

    // They are of their attempt: a client that follows loses them with it.
    await workspace.run('rollback');
    await viewWhere(again, ({ rollouts }) => rollouts[0]?.standing.phase.kind === 'rolled-back');
    expect((await workspace.run('begin')).stderr).toBe('');
    await viewWhere(again, (view) => view.rollouts[0]?.standing.attempt === 2 && !explained(view, 'slow <= 200ms'));
    await again.close();
  });

  it('names what explains the failures of joined records: each with the record that says its arm', async () => {
    const workspace = testWorkspace(joinedPlan);
    workspace.write('.env', 'SHOP_ON=false\nSHOP_PERCENT=0\n');
    workspace.write('exposures.jsonl', '');
    workspace.write('checkouts.jsonl', '');
    workspace.startDaemon();
    const client = await workspace.connect();
    expect((await workspace.run('begin')).stderr).toBe('');
    await viewWhere(client, ({ rollouts }) => rollouts[0]?.flag?.effect?.progress === 'verified');
    const at = new Date().toISOString();
    const lines = (of: (index: number) => object) =>
      Array.from({ length: 400 }, (_, index) => `${JSON.stringify({ timestamp: at, ...of(index) })}\n`).join('');
    const region = (index: number) => (index % 6 < 2 ? 'south' : 'north');
    const exposed = (index: number) => ({
      user: `u-${index}`,
      variation: index % 2 === 0 ? 'new' : 'old',
      region: region(index),
    });
    appendFileSync(join(workspace.folder, 'exposures.jsonl'), lines(exposed));
    const status = (index: number) => (index % 2 === 0 && region(index) === 'south' ? 503 : 200);
    const outcome = (index: number) => ({ customer: `u-${index}`, status: status(index) });
    appendFileSync(join(workspace.folder, 'checkouts.jsonl'), lines(outcome));
    await viewWhere(client, (view) => explained(view, 'failing'));
    const told = await client.request('failures', { rollout: 'shop', about: explainedTrigger(client.view, 'failing') });
    const [group] = told.groups;
    // The region is said by the exposure alone.
    expect(group?.of?.field).toBe('exposure.region');
    const [record] = group?.records ?? [];
    expect(record?.place).toMatchObject({ file: 'checkouts.jsonl' });
    const field = (path: string) => record?.fields.find((each) => each.path === path)?.text;
    expect([field('status'), field('exposure.variation'), field('exposure.region')]).toEqual(['503', 'new', 'south']);
    expect(field('exposure.user')).toBe(field('customer'));
    expect(told.gone).toEqual([]);
    expect(told.passed.length).toBeGreaterThan(3);
    expect((await workspace.run('why')).stdout).toContain('exposure.region = south');
  });
});
