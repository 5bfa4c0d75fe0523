import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { CredentialStanding, WantedCredential } from '../../daemon/protocol/wire/credentials.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { CommandCall } from '../../extension/connection/commandLine.ts';
import { openSample, type Sample } from './openSample.ts';
import { lookedAt, sampleRollout } from './sampleViews.ts';

const secret = 'plain words 4711 of the flag';
const place = 'env:FLAGS_TOKEN';
const storageKey = 'rampwatch.credentials||/workspace';
const wanted: WantedCredential = { place, want: 'missing', since: lookedAt };

/** A daemon that holds what it is handed. */
class Holder {
  readonly handed: Params<'handCredential'>[] = [];
  source: CredentialStanding['source'] = null;

  readonly answer = async (method: string, params: unknown): Promise<unknown> => {
    if (method === 'credentials') {
      const uses = [{ rollout: 'async-upload', part: 'flag' }];
      const other = { ...asked, place: 'file:/keys/metrics', uses: [{ rollout: 'async-upload', part: 'sources[0]' }] };
      return {
        asked: [
          { ...asked, uses, source: this.source },
          { ...other, source: 'file' },
        ],
      };
    }
    if (method !== 'handCredential') throw new UserError('bad-request', method);
    const given = params as Params<'handCredential'>;
    this.handed.push(given);
    if (this.source !== 'environment') this.source = given.value === null ? null : 'editor';
    return { source: this.source };
  };
}
const asked = { place, uses: [], source: null, refused: false, fault: null } satisfies CredentialStanding;

async function opened(
  prepare: (sample: { mock: Sample['mock']; daemon: Sample['daemon']; holder: Holder }) => void = () => {},
  runs?: (call: CommandCall) => ReturnType<NonNullable<Parameters<typeof openSample>[1]>>,
) {
  const holder = new Holder();
  const sample = openSample((mock, daemon) => {
    daemon.forward = holder.answer;
    prepare({ mock, daemon, holder });
  }, runs);
  await sample.until('the rollout', () => sample.mock.tree('rampwatch.stages') !== '');
  onTestFinished(() => {
    // Neither a message nor the log has a word of it.
    expect([...sample.mock.shown, ...sample.mock.log].filter((line) => line.includes(secret))).toEqual([]);
  });
  return { ...sample, holder };
}

describe('a stored credential', () => {
  it('is chosen among those that the plans ask for, typed unseen, kept in the secret storage and handed over', async () => {
    const { mock, holder } = await opened();
    mock.answers.push('FLAGS_TOKEN', secret);
    await mock.run('rampwatch.storeCredential');
    expect(mock.shown).toEqual([
      'pick: Store a Credential | Which credential? [FLAGS_TOKEN missing] [/keys/metrics from its file, which comes first]',
      "password: Store a Credential | FLAGS_TOKEN, for flag of async-upload. Kept in the editor's secret storage for this folder.",
      'status: FLAGS_TOKEN is stored, and the daemon has it.',
    ]);
    expect([...mock.secrets.kept]).toEqual([[storageKey, JSON.stringify({ [place]: secret })]]);
    expect(holder.handed).toEqual([{ place, value: secret }]);
  });

  it('is refused in words when it is none', async () => {
    const { mock, holder } = await opened();
    mock.answers.push('FLAGS_TOKEN', 'short');
    await mock.run('rampwatch.storeCredential');
    expect(mock.shown.at(-1)).toBe('invalid: One line of 8 to 8192 plain characters.');
    expect([mock.secrets.kept.size, holder.handed]).toEqual([0, []]);
  });

  it('that the environment has too is told to come second', async () => {
    const { mock } = await opened(({ holder }) => {
      holder.source = 'environment';
    });
    mock.answers.push('FLAGS_TOKEN', secret);
    await mock.run('rampwatch.storeCredential');
    expect(mock.shown.at(-1)).toBe(
      "warning: FLAGS_TOKEN is stored, but the daemon takes it from the daemon's environment, which comes first.",
    );
  });

  it('is handed over at each connection, and again to a daemon that was started anew', async () => {
    const { mock, daemon, holder, until } = await opened(({ mock }) => {
      mock.secrets.kept.set(storageKey, JSON.stringify({ [place]: secret }));
    });
    await until('the first time', () => holder.handed.length === 1);
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    await mock.run('rampwatch.startDaemon');
    await until('the second time', () => holder.handed.length === 2);
    expect(holder.handed).toEqual([
      { place, value: secret },
      { place, value: secret },
    ]);
  });

  it('of another window reaches the running daemon, and so does its end', async () => {
    const { mock, holder, until } = await opened();
    await mock.secrets.store(storageKey, JSON.stringify({ [place]: secret }));
    await until('the credential', () => holder.handed.length === 1);
    await mock.secrets.store(storageKey, JSON.stringify({ [place]: `${secret}, changed` }));
    await until('the change', () => holder.handed.length === 2);
    await mock.secrets.store('of another extension', 'x');
    await mock.secrets.delete(storageKey);
    await until('the end', () => holder.handed.length === 3);
    expect(holder.handed.map(({ value }) => value)).toEqual([secret, `${secret}, changed`, null]);
  });

  it('is of its folder alone', async () => {
    const { mock, holder, until } = await opened(({ mock }) => {
      mock.secrets.kept.set('rampwatch.credentials||/elsewhere', JSON.stringify({ [place]: secret }));
    });
    mock.answers.push('/keys/metrics', secret);
    await mock.run('rampwatch.storeCredential');
    await until('the other', () => holder.handed.length > 0);
    expect(holder.handed.map((each) => each.place)).toEqual(['file:/keys/metrics']);
  });

  it('is forgotten, here and by the daemon', async () => {
    const { mock, holder } = await opened();
    await mock.run('rampwatch.forgetCredential');
    expect(mock.shown.at(-1)).toBe('information: No credential is stored for the folders of this window.');
    mock.answers.push('FLAGS_TOKEN', secret);
    await mock.run('rampwatch.storeCredential');
    mock.answers.push('FLAGS_TOKEN');
    await mock.run('rampwatch.forgetCredential');
    expect(mock.shown.slice(-2)).toEqual([
      'pick: Forget a Credential | Which credential? [FLAGS_TOKEN workspace]',
      'status: Forgotten: FLAGS_TOKEN',
    ]);
    expect([mock.secrets.kept.size, holder.handed.at(-1)]).toEqual([0, { place, value: null }]);
  });

  it('is not handed to a daemon of another version, which says so once', async () => {
    const { mock, daemon, until } = await opened(({ mock, daemon }) => {
      daemon.forward = null;
      mock.secrets.kept.set(storageKey, JSON.stringify({ [place]: secret, 'env:OTHER': `${secret} too` }));
    });
    const told = (line: string) => line.includes('which takes no credentials from the editor');
    await until('the warning', () => mock.shown.some(told));
    expect(mock.shown.filter(told)).toEqual([
      'warning: Rampwatch: the daemon of /workspace is version 0.1.0, which takes no credentials from the editor: stop it with "Rampwatch: Stop Daemon", and start it again.',
    ]);
    await mock.run('rampwatch.storeCredential');
    expect(mock.shown.at(-1)).toMatch(
      /^error: Rampwatch: the daemon of \/workspace is version 0\.1\.0, which takes no/,
    );
    expect(daemon.starts).toBe(1);
  });

  it('serves a rollback that goes around the daemon', async () => {
    const calls: CommandCall[] = [];
    const { mock, daemon, until } = await opened(
      ({ mock, daemon }) => {
        mock.secrets.kept.set(storageKey, JSON.stringify({ [place]: secret, 'env:PATH': 'never-this-one' }));
        daemon.answer = () => {
          throw new UserError('internal', 'it hangs');
        };
      },
      async (call) => {
        calls.push(call);
        return { output: JSON.stringify({ outcome: { message: 'set' } }), errors: '', failure: null };
      },
    );
    await daemon.stop();
    daemon.startFailure = 'it cannot be started';
    await until('the end', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    mock.answers.push('Roll Back', '');
    void mock.run('rampwatch.rollBack');
    await until('the command line', () => calls.some(({ words }) => words.includes('--direct')));
    const direct = calls.find(({ words }) => words.includes('--direct'));
    expect(direct?.variables).toEqual({ FLAGS_TOKEN: secret });
    expect(direct?.words.join(' ')).not.toContain(secret);
  });
});

describe('a credential that the daemon lacks', () => {
  const lacking = (want: WantedCredential) => sampleRollout({ credentials: [want] });

  it('is a row that asks for it', async () => {
    const { mock, daemon, until, holder } = await opened();
    daemon.show(lacking(wanted));
    await until('the row', () => mock.tree('rampwatch.stages').includes('[key list.warningForeground]'));
    expect(mock.tree('rampwatch.stages')).toContain('The credential FLAGS_TOKEN is missing — store it in the editor');
    mock.answers.push(secret);
    await mock.run('rampwatch.storeCredential', mock.element('rampwatch.stages', 'The credential FLAGS_TOKEN'));
    // The row has said which one.
    expect(mock.shown.filter((line) => line.startsWith('pick'))).toEqual([]);
    expect(holder.handed).toEqual([{ place, value: secret }]);
    daemon.show(sampleRollout({ credentials: [] }));
    await until('its end', () => !mock.tree('rampwatch.stages').includes('[key'));
  });

  it('is told once, with the action; not while it is on its way from here', async () => {
    const { mock, daemon, until } = await opened(({ mock }) => {
      mock.configuration.set('rampwatch.notify.sourceSilent', true);
      mock.secrets.kept.set(storageKey, JSON.stringify({ 'env:OTHER': secret }));
    });
    const notices = () => mock.shown.filter((line) => line.includes('The credential'));
    daemon.show(lacking({ ...wanted, place: 'env:OTHER' }));
    await until('the row', () => mock.tree('rampwatch.stages').includes('OTHER is missing'));
    expect(notices()).toEqual([]);
    daemon.show(lacking({ ...wanted, place: 'env:OTHER', want: 'refused' }));
    await until('the notice', () => notices().length === 1);
    expect(notices()[0]).toMatch(/^warning: .*: The credential OTHER is not accepted\. \[Store Credential…\]$/);
    mock.answers.push('Store Credential…', secret);
    daemon.show(lacking(wanted));
    await until('the question', () => mock.shown.some((line) => line.startsWith('password: ')));
    expect(notices()).toHaveLength(2);
    daemon.show(lacking(wanted));
    await until('the answer', () => mock.shown.some((line) => line.startsWith('status: FLAGS_TOKEN')));
    expect(notices()).toHaveLength(2);
  });
});
