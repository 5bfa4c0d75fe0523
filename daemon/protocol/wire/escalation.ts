import * as z from 'zod';

/** The content of an escalation, shown before anything is written. The digest names these very bytes. */

const bundleFile = z.object({
  /** Inside the bundle. */
  path: z.string(),
  /** Bytes. */
  bytes: z.number().int().min(0),
  sha256: z.string(),
  /** The number of places from which a possible secret was removed. */
  redactions: z.number().int().min(0),
  /** The origin and the part of it, in one line. */
  about: z.string(),
});
export type BundleFileView = z.output<typeof bundleFile>;

/** How the plan's command would be called. */
const commandView = z.object({
  /** The call, with `${bundle}` still in it: the path is known only when the bundle is written. */
  argv: z.array(z.string()).readonly(),
  /** The program's absolute path; `null` when it is not found. */
  program: z.string().nullable(),
  /** Files of the workspace that the words name; paths relative to it. */
  files: z.array(z.object({ path: z.string(), sha256: z.string() })).readonly(),
  /** Names of the variables that it gets, and no others. */
  environment: z.array(z.string()).readonly(),
  /**
   * The hash of the plan's escalation section, the program's path and the files' contents; an approval covers exactly
   * these.
   */
  sha256: z.string(),
  /** A person has approved exactly this on this machine. */
  approved: z.boolean(),
});
export type EscalationCommandView = z.output<typeof commandView>;

export const escalationListing = z.object({
  digest: z.string(),
  /** The folder's name, and the archive's without its ending. */
  name: z.string(),
  files: z.array(bundleFile).readonly(),
  /** The omitted parts and the reasons; one line each. */
  left: z.array(z.string()).readonly(),
  /** Contact and reference, as the plan names them. */
  contact: z.string().nullable(),
  reference: z.string().nullable(),
  command: commandView.nullable(),
});
export type EscalationListing = z.output<typeof escalationListing>;

export const escalationWritten = z.object({ path: z.string(), bytes: z.number().int() });
export type EscalationWritten = z.output<typeof escalationWritten>;

/** The result of the plan's command. Its texts are bounded, and free of text that looks like a secret. */
export const escalationAnswer = z.object({
  /** `null` when it did not end by itself. */
  exit: z.number().int().nullable(),
  /** The reason for a missing exit code: the command could not be started, or took too long. */
  failure: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  /** Milliseconds. */
  took: z.number(),
});
export type EscalationAnswer = z.output<typeof escalationAnswer>;
