import type { ChildProcess } from 'node:child_process';
/** Ends a child started with `detached: true` and everything still in its process group. */
export declare function endProcessGroup(child: ChildProcess): Promise<void>;
/**
 * Ends what left the process group, such as a daemon that the extension started detached: every process that inherited
 * `marker` (`NAME=value`) in its environment. Linux only; elsewhere a detached process is left to its own idle exit.
 */
export declare function endMarkedProcesses(marker: string): Promise<void>;
