import { type CredentialGround, credentialSource } from '../approval/credentials.ts';
import type { HandedCredentials } from '../approval/handedCredentials.ts';
import { askedCredentials } from '../protocol/domain/askedCredentials.ts';
import { placeOf } from '../protocol/domain/credentialText.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { CredentialStanding, HandedOver, WantedCredential } from '../protocol/wire/credentials.ts';

/** What the plans of a workspace ask for, each credential once, and where it comes from now. No value is in it. */
export function credentialStandings(
  plans: readonly LoadedPlan[],
  ground: CredentialGround & { readonly handed: HandedCredentials },
): readonly CredentialStanding[] {
  const uses = plans.flatMap(({ plan }) =>
    askedCredentials(plan).flatMap(({ place, uses: parts }) =>
      parts.map((part) => ({ place, use: { rollout: plan.id, part } })),
    ),
  );
  return [...Map.groupBy(uses, ({ place }) => place)].map(([place, all]) => ({
    place,
    uses: all.map(({ use }) => use),
    refused: plans.some(({ plan }) => ground.handed.wantOf(plan.id, place)?.want === 'refused'),
    ...sourceOf(place, ground),
  }));
}

/** Where a credential comes from now. */
export function sourceOf(place: string, ground: CredentialGround): HandedOver & { readonly fault: string | null } {
  try {
    return { source: credentialSource(placeOf(place), ground), fault: null };
  } catch (error) {
    if (error instanceof UserError) return { source: null, fault: error.message };
    throw error;
  }
}

/** What a rollout was found to lack; `undefined` for one that names no credential. */
export function wantedCredentials(
  { plan }: LoadedPlan,
  handed: HandedCredentials,
): readonly WantedCredential[] | undefined {
  const asked = askedCredentials(plan);
  if (asked.length === 0) return undefined;
  return asked.flatMap(({ place }) => {
    const found = handed.wantOf(plan.id, place);
    return found === null ? [] : [{ place, ...found }];
  });
}
