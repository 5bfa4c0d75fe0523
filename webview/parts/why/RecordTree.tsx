import { useEffect, useRef } from 'preact/hooks';
import { grouped } from '../../../daemon/protocol/words/figureText.ts';
import type { TreeLine } from '../../model/failingRecords.ts';
import { t } from '../../translate.ts';

interface TreeProps {
  readonly lines: readonly TreeLine[];
  /** The key of the chosen record. */
  readonly chosen: string;
  readonly choose: (key: string) => void;
  readonly toggle: (group: string, open: boolean) => void;
}

/** Groups and their records, walked with the arrows as the tree of the WAI-ARIA practices is. */
export function RecordTree({ lines, chosen, choose, toggle }: TreeProps) {
  const tree = useRef<HTMLDivElement>(null);
  const focus = (key: string | undefined): void => {
    if (key !== undefined) tree.current?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
  };
  const before = useRef<string | null>(null);
  useEffect(() => {
    const isFirst = before.current === null;
    before.current = chosen;
    // The page opens at its headline.
    if (isFirst) return;
    // Chosen by another way: keep it in sight, and leave the focus where it is, unless it was in here.
    const line = tree.current?.querySelector<HTMLElement>(`[data-key="${chosen}"]`);
    line?.scrollIntoView({ block: 'nearest' });
    if (tree.current?.contains(document.activeElement) === true) line?.focus();
  }, [chosen]);
  // One of the lines can be reached with Tab.
  const entry = lines.some(({ key }) => key === chosen) ? chosen : lines[0]?.key;
  return (
    <div class="tree" role="tree" aria-label={t('Failing records')} ref={tree}>
      {lines.map((line, index) => (
        <Line
          key={line.key}
          line={line}
          isChosen={line.key === chosen}
          isEntry={line.key === entry}
          act={() => (line.kind === 'group' ? toggle(line.key, !line.open) : choose(line.key))}
          move={(key) => {
            switch (key) {
              case 'ArrowDown':
                go(lines[index + 1]);
                return true;
              case 'ArrowUp':
                go(lines[index - 1]);
                return true;
              case 'Home':
                go(lines[0]);
                return true;
              case 'End':
                go(lines.at(-1));
                return true;
              case 'ArrowLeft':
                if (line.kind === 'record') focus(line.group);
                else toggle(line.key, false);
                return true;
              case 'ArrowRight':
                if (line.kind === 'group') toggle(line.key, true);
                return true;
              default:
                return false;
            }
          }}
        />
      ))}
    </div>
  );

  /** A record that is reached is shown. */
  function go(line: TreeLine | undefined): void {
    if (line === undefined) return;
    focus(line.key);
    if (line.kind === 'record') choose(line.key);
  }
}

function Line(props: {
  readonly line: TreeLine;
  readonly isChosen: boolean;
  readonly isEntry: boolean;
  readonly act: () => void;
  /** False: the key is none of the tree's. */
  readonly move: (key: string) => boolean;
}) {
  const { line, isChosen, isEntry, act, move } = props;
  const isGroup = line.kind === 'group';
  return (
    <div
      class={isGroup ? 'tree-group' : 'tree-record'}
      role="treeitem"
      aria-level={isGroup ? 1 : 2}
      aria-selected={isChosen}
      aria-expanded={isGroup ? line.open : undefined}
      tabIndex={isEntry ? 0 : -1}
      data-key={line.key}
      onClick={act}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') act();
        else if (!move(event.key)) return;
        event.preventDefault();
      }}
    >
      {isGroup ? <GroupWords line={line} /> : <RecordWords line={line} />}
    </div>
  );
}

function GroupWords({ line }: { readonly line: Extract<TreeLine, { kind: 'group' }> }) {
  return (
    <>
      <svg class={line.open ? 'twisty open' : 'twisty'} viewBox="0 0 16 16" aria-hidden="true">
        <path d="M6 4l4 4-4 4" />
      </svg>
      <span class="group-name path" dir="auto">
        {line.text}
      </span>
      {line.isNew && <span class="new-mark">{t('NEW')}</span>}
      <span class="quiet number">{grouped(line.count)}</span>
    </>
  );
}

function RecordWords({ line }: { readonly line: Extract<TreeLine, { kind: 'record' }> }) {
  return (
    <>
      <span class="number">{line.text}</span>
      <span class="quiet path" title={line.where}>
        <bdi dir="ltr">{line.where}</bdi>
      </span>
    </>
  );
}
