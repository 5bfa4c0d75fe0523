import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a program does with the file. */
export type Work = 'reads' | 'counts' | 'judges';

export interface Peer {
  readonly name: string;
  readonly work: Work;
  readonly command: readonly string[];
  /** The answer in what it printed; `null` for one that only reads. */
  readonly answer: ((printed: string) => Answer) | null;
  /** The largest file, in bytes, for which one waits for it. */
  readonly upTo: number;
}

export interface Answer {
  readonly treatment: number;
  readonly good: number;
  readonly control: number;
  /** Of one that judges: the first record at which the trigger fires, and how often it begins to fire. */
  readonly firing?: { readonly first: string | null; readonly episodes: number };
}

/** A program that is not on this machine, and what would bring it. */
export interface Missing {
  readonly name: string;
  readonly why: string;
}

interface Places {
  readonly root: string;
  readonly file: string;
  /** Plans whose only trigger is judged by its letter, and by what its records prove. */
  readonly literal: string;
  readonly proven: string;
  /** The folder in which DuckDB is installed, if it is. */
  readonly parts: string;
  /** For the store of the daemon's way. */
  readonly state: string;
  /** The program of the daemon's way, in one file as it is shipped: the sources take a second to load. */
  readonly catchUp: string;
}

const anySize = Number.POSITIVE_INFINITY;

/** Everything that is measured: ours first. */
export function peersFor({ root, file, literal, proven, parts, state, catchUp }: Places): {
  readonly peers: readonly Peer[];
  readonly missing: readonly Missing[];
} {
  const node = process.execPath;
  const child = (name: string) => join(root, 'bench', 'ingest', name);
  const replayOf = (plan: string) =>
    [node, join(root, 'dist', 'cli.mjs'), 'replay', '--plan', plan, '--observe', '--json', file] as const;
  const peers: Peer[] = [
    { name: 'replay', work: 'judges', command: replayOf(literal), answer: answerOfReplay, upTo: anySize },
    {
      name: 'replay, read by JavaScript alone',
      work: 'judges',
      command: ['env', 'RAMPWATCH_SCANNER=javascript', ...replayOf(literal)],
      answer: answerOfReplay,
      upTo: anySize,
    },
    {
      name: 'replay, by what is proven',
      work: 'judges',
      command: replayOf(proven),
      answer: (printed) => counts(answerOfReplay(printed)),
      upTo: anySize,
    },
    {
      name: "the daemon's catch-up, with its store",
      work: 'judges',
      command: [node, catchUp, literal, state],
      answer: (printed) => counts(JSON.parse(printed)),
      upTo: anySize,
    },
    {
      name: 'Node, readline + JSON.parse',
      work: 'counts',
      command: [node, child('readlineChild.ts'), file],
      answer: (printed) => JSON.parse(printed),
      upTo: anySize,
    },
    { name: 'cat', work: 'reads', command: ['cat', file], answer: null, upTo: anySize },
    { name: 'wc -l', work: 'reads', command: ['wc', '-l', file], answer: null, upTo: anySize },
  ];
  const missing: Missing[] = [];
  const duckDb = join(parts, 'node_modules', '@duckdb', 'node-api');
  if (parts !== '' && existsSync(duckDb)) {
    for (const [work, name] of [
      ['counts', 'DuckDB, counting'],
      ['judges', 'DuckDB, judging'],
    ] as const) {
      const command = [node, child('duckDbChild.ts'), duckDb, work, file];
      peers.push({ name, work, command, answer: (printed) => JSON.parse(printed), upTo: anySize });
    }
  } else missing.push({ name: 'DuckDB', why: 'npm could not install @duckdb/node-api' });
  const found: readonly (Peer & { readonly program: string })[] = [
    {
      program: 'python3',
      name: 'Python, json',
      work: 'counts',
      command: ['python3', child('count.py'), file],
      answer: (printed) => JSON.parse(printed),
      upTo: anySize,
    },
    {
      program: 'jq',
      name: 'jq, counted by sort and uniq',
      work: 'counts',
      command: ['sh', '-c', jqText, 'sh', file],
      answer: answerOfLines,
      upTo: 150e6,
    },
    {
      program: 'mlr',
      name: 'Miller',
      work: 'counts',
      command: ['mlr', '--ijsonl', '--ojsonl', 'count', '-g', 'execution_type,success,fallback_used', file],
      answer: answerOfMiller,
      upTo: 150e6,
    },
  ];
  for (const { program, ...peer } of found) {
    if (isOnPath(program)) peers.push(peer);
    else missing.push({ name: peer.name, why: `${program} is not on this machine` });
  }
  return { peers, missing };
}

const jqText = `jq -r '"\\(.execution_type) \\(.success) \\(.fallback_used)"' "$1" | sort | uniq -c`;

function answerOfReplay(printed: string): Answer {
  const { arms, firings } = JSON.parse(printed);
  const { n: treatment, good } = arms.treatment;
  return {
    treatment,
    good,
    control: arms.control.n,
    firing: { first: firings[0]?.at ?? null, episodes: firings.length },
  };
}

function counts({ treatment, good, control }: Answer): Answer {
  return { treatment, good, control };
}

/** Lines such as `  1234 async true false`. */
function answerOfLines(printed: string): Answer {
  const rows = printed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '));
  return summed(
    rows.map(([n, arm, success, rescued]) => ({
      n: Number(n),
      arm,
      isGood: success === 'true' && rescued === 'false',
    })),
  );
}

function answerOfMiller(printed: string): Answer {
  const rows = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return summed(
    rows.map(({ count, execution_type: arm, success, fallback_used: rescued }) => ({
      n: count,
      arm,
      isGood: success === true && rescued === false,
    })),
  );
}

function summed(
  rows: readonly { readonly n: number; readonly arm: string | undefined; readonly isGood: boolean }[],
): Answer {
  const sum = { treatment: 0, good: 0, control: 0 };
  for (const { n, arm, isGood } of rows) {
    if (arm === 'sync') sum.control += n;
    else if (arm === 'async' || arm === 'sync_fallback') {
      sum.treatment += n;
      if (isGood) sum.good += n;
    }
  }
  return sum;
}

function isOnPath(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
