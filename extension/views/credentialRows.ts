import { placeName } from '../../daemon/protocol/domain/credentialText.ts';
import type { WantedCredential } from '../../daemon/protocol/wire/credentials.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { markdownText } from './escapedText.ts';
import type { Row } from './row.ts';

/** A row for each credential that the daemon lacks; choosing it asks for the credential. */
export function credentialRows({ standing: { folder }, rollout }: RolloutStanding, t: Translate): readonly Row[] {
  return (rollout.credentials ?? []).map((wanted) => {
    const label = wantText(wanted, t);
    const description = t('store it in the editor');
    return {
      id: `${folder}|${rollout.rollout}|credential:${wanted.place}`,
      label,
      description,
      icon: { id: 'key', color: 'list.warningForeground' },
      context: ['credential'],
      tooltip: `**${markdownText(label)}**\n\n${t("Set the variable where the daemon is started, or name a file with mode 0600 in the plan, or store it in the editor. The daemon's environment comes first, then the file, then the editor.")}`,
      spoken: `${label}, ${description}`,
      expansion: 'leaf',
      subject: { folder, rollout: rollout.rollout, planPart: null, credential: wanted.place },
      open: 'rampwatch.storeCredential',
      children: [],
    };
  });
}

export function wantText({ place, want }: WantedCredential, t: Translate): string {
  const name = plainText(placeName(place), 120);
  return want === 'missing' ? t('The credential {0} is missing', name) : t('The credential {0} is not accepted', name);
}
