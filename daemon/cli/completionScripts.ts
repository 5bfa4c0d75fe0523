import type { Command } from './command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script that completes `rampwatch` in a shell: commands, options, and their values where these are few. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const all = commands.map((command) => ({ command, options: optionsOf(command) }));
  switch (shell) {
    case 'bash':
      return bashScript(all);
    case 'zsh':
      return zshScript(all);
    case 'fish':
      return fishScript(all);
  }
}

interface Option {
  readonly name: string;
  /** `null`: it takes no value. */
  readonly value: { readonly name: string; readonly choices: readonly string[] } | null;
}

interface Completed {
  readonly command: Command;
  readonly options: readonly Option[];
}

/** The options that the usage of a command shows, and those of every command. */
function optionsOf({ arguments: usage, options, choices = {} }: Command): readonly Option[] {
  const own = Object.entries(options).flatMap(([name, { type }]): Option[] => {
    const shown = new RegExp(`--${name}\\b(?:[ =]([^\\] |]+))?`).exec(usage);
    if (shown === null) return [];
    return [{ name, value: type === 'boolean' ? null : { name: shown[1] ?? 'TEXT', choices: choices[name] ?? [] } }];
  });
  return [
    ...own,
    { name: 'plan', value: { name: 'FILE', choices: [] } },
    { name: 'json', value: null },
    { name: 'help', value: null },
  ];
}

/** Where nothing is proposed, bash completes files; it does so for every value that has no choices. */
function bashScript(all: readonly Completed[]): string {
  const cases = all.map(({ command, options }) => {
    const names = options.map(({ name }) => `--${name}`).join(' ');
    const words = command.choices?.[''] ?? [];
    return `    ${command.name}) options=${quoted(names)}; words=${quoted(words.join(' '))} ;;`;
  });
  const values = all.flatMap(({ command, options }) =>
    options.flatMap(({ name, value }) => {
      if (value === null) return [];
      return [`    ${quoted(`${command.name} --${name}`)}) choices=${quoted(value.choices.join(' '))}; isValue=1 ;;`];
    }),
  );
  return `# bash completion of rampwatch: source <(rampwatch completion bash)
_rampwatch() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local options='' words='' choices='' isValue=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${all.map(({ command }) => command.name).join(' ')} help`)} -- "$word"))
    return
  fi
  case "$command $previous" in
${values.join('\n')}
  esac
  if [ -n "$isValue" ]; then
    [ -n "$choices" ] && COMPREPLY=($(compgen -W "$choices" -- "$word"))
    return
  fi
  case "$command" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o bashdefault -o default -F _rampwatch rampwatch
`;
}

function zshScript(all: readonly Completed[]): string {
  const described = all.map(
    ({ command }) => `    ${quoted(`${command.name}:${command.summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = all.map(({ command, options }) => {
    const specs = options.map(({ name, value }) => {
      if (value === null) return quoted(`--${name}`);
      return quoted(
        `--${name}:${value.name}:${value.choices.length === 0 ? '_files' : `(${value.choices.join(' ')})`}`,
      );
    });
    const words = command.choices?.[''] ?? [];
    const rest = words.length === 0 ? '*:file:_files' : `1:word:(${words.join(' ')})`;
    return `    ${command.name}) _arguments ${[...specs, quoted(rest)].join(' ')} ;;`;
  });
  return `#compdef rampwatch
# zsh completion of rampwatch: rampwatch completion zsh > a folder of $fpath/_rampwatch
_rampwatch() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _rampwatch ]; then _rampwatch "$@"; else compdef _rampwatch rampwatch; fi
`;
}

function fishScript(all: readonly Completed[]): string {
  const lines = all.flatMap(({ command, options }) => {
    const here = `complete -c rampwatch -n '__fish_seen_subcommand_from ${command.name}'`;
    const words = command.choices?.[''] ?? [];
    return [
      `complete -c rampwatch -n __fish_use_subcommand -f -a ${command.name} -d ${fishQuoted(command.summary)}`,
      ...options.map(({ name, value }) => {
        if (value === null) return `${here} -f -l ${name}`;
        return value.choices.length === 0
          ? `${here} -l ${name} -r -F`
          : `${here} -l ${name} -x -a ${fishQuoted(value.choices.join(' '))}`;
      }),
      ...(words.length === 0 ? [] : [`${here} -f -a ${fishQuoted(words.join(' '))}`]),
    ];
  });
  return `# fish completion of rampwatch: rampwatch completion fish | source\n${lines.join('\n')}\n`;
}

/** For bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
