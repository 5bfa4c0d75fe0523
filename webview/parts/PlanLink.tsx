import type { ComponentChildren } from 'preact';
import { t } from '../translate.ts';

/** Text of the plan; pressing it puts the cursor on its line, where the file has one. */
export function PlanLink(props: {
  readonly part: string | null;
  readonly openLine: (part: string) => void;
  readonly children: ComponentChildren;
}) {
  const { part, openLine, children } = props;
  if (part === null) return <span class="plan-text">{children}</span>;
  return (
    <button type="button" class="plan-text" title={t('Go to this line of the plan')} onClick={() => openLine(part)}>
      {children}
    </button>
  );
}
