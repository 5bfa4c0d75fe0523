import * as z from 'zod';
import { placePattern } from '../domain/credentialText.ts';

/**
 * Credentials between an editor and its daemon. They go one way: an editor hands one over, and no message of the daemon
 * holds one.
 */

/** The value of a credential: one line, as a header takes it, and long enough to be told from a plain word in a text. */
export const credentialValue = z
  .string()
  .min(8, 'a credential has at least 8 characters')
  .max(8192, 'a credential has at most 8192 characters')
  .regex(
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/,
    'a credential is one line of plain characters, without space around it',
  );

/** `value`: what is held from now on; `null`: nothing. */
export const handCredentialParams = z.strictObject({
  place: z.string().regex(placePattern, 'a credential is named as `env:NAME` or `file:/path`'),
  value: credentialValue.nullable(),
});

const credentialSource = z.enum(['environment', 'file', 'editor']).nullable();
const credentialWant = z.enum(['missing', 'refused']);

/** A credential that a rollout was found to lack, or that the other side did not accept. */
export interface WantedCredential {
  /** `env:FLAGS_TOKEN`, `file:/path`. */
  readonly place: string;
  readonly want: z.output<typeof credentialWant>;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Where the credential comes from now; `null`: from nowhere. An editor's is the last that is looked for. */
export interface HandedOver {
  readonly source: z.output<typeof credentialSource>;
}

/** A credential that the plans of a workspace ask for. */
export interface CredentialStanding extends HandedOver {
  readonly place: string;
  readonly uses: readonly { readonly rollout: string; readonly part: string }[];
  /** The other side did not accept it when it was last sent. */
  readonly refused: boolean;
  /** In a line, why the one that is there cannot be used; `null`: it can. */
  readonly fault: string | null;
}

export interface CredentialsResult {
  readonly asked: readonly CredentialStanding[];
}

export const handCredentialResult: z.ZodType<HandedOver> = z.object({ source: credentialSource });

export const credentialsResult: z.ZodType<CredentialsResult> = z.object({
  asked: z.array(
    z.object({
      place: z.string(),
      uses: z.array(z.object({ rollout: z.string(), part: z.string() })),
      source: credentialSource,
      refused: z.boolean(),
      fault: z.string().nullable(),
    }),
  ),
});
