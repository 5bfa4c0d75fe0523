// View containers, views and their trees.
import type { Locator, Page } from 'playwright-core';
import { againAndAgain, exactly, labels, present, texts, visibleText, WAIT_MILLISECONDS } from './waiting.ts';

/** Opens a view container by its title in the activity bar; one that is open stays open. */
export async function openViewContainer(page: Page, title: string): Promise<void> {
  const items = page.locator('.part.activitybar .action-item');
  const item = items.filter({ has: page.locator(`.action-label[aria-label^="${title}"]`) });
  await present(item, `"${title}" in the activity bar`, () => labels(items.locator('.action-label')));
  if (await item.first().evaluate((element) => element.classList.contains('checked'))) return;
  await item.first().click();
  await page.locator('.part.sidebar .composite.title').waitFor({ state: 'visible', timeout: WAIT_MILLISECONDS });
}

/**
 * The pane of a view in the side bar; a view that is alone in its container has the container's title before its own,
 * and one with a description has it behind.
 */
function pane(page: Page, view: string): Locator {
  const names = [`="${view} Section"`, `^="${view} - "`, `$=": ${view} Section"`, `*=": ${view} - "`];
  return page.locator('.part.sidebar .pane').filter({
    has: page.locator(names.map((name) => `.pane-header[aria-label${name}]`).join(', ')),
  });
}

async function presentPane(page: Page, view: string): Promise<Locator> {
  const headers = page.locator('.part.sidebar .pane-header');
  return present(pane(page, view), `the view "${view}"`, () => labels(headers));
}

/** Opens a collapsed view of the open container. */
export async function expandView(page: Page, view: string): Promise<void> {
  await unfold(page, view, 'true');
}

/** Closes an open view of the open container. */
export async function collapseView(page: Page, view: string): Promise<void> {
  await unfold(page, view, 'false');
}

async function unfold(page: Page, view: string, expanded: 'true' | 'false'): Promise<void> {
  const header = (await presentPane(page, view)).locator('.pane-header');
  const done = await againAndAgain(async (patience) => {
    if ((await header.getAttribute('aria-expanded')) !== expanded) {
      await header.click({ position: { x: 60, y: 8 }, timeout: patience }).catch(() => undefined);
    }
    await page.waitForTimeout(50);
    return (await header.getAttribute('aria-expanded')) === expanded;
  });
  if (!done) throw new Error(`the view "${view}" did not ${expanded === 'true' ? 'open' : 'close'}`);
}

/** Drags the edge of the side bar until it is so wide. */
export async function setSideBarWidth(page: Page, width: number): Promise<void> {
  const bar = await page.locator('.part.sidebar').boundingBox();
  if (bar === null) throw new Error('there is no side bar');
  const y = bar.y + bar.height / 2;
  await page.mouse.move(bar.x + bar.width, y);
  await page.mouse.down();
  await page.mouse.move(bar.x + width, y, { steps: 5 });
  await page.mouse.up();
}

/**
 * The rows of a tree view as text, two spaces for each level: `▾ label description` for an open parent, `▸` for a
 * closed one, `[x]` or `[ ]` before a row with a checkbox. Only rows in sight: the list is virtual, so a long tree needs
 * a tall viewport.
 * @public for drives
 */
export async function treeRows(page: Page, view: string): Promise<string[]> {
  const rows = (await presentPane(page, view)).locator('.monaco-list-row[role="treeitem"]');
  return rows.evaluateAll((elements) =>
    elements
      .map((element) => {
        const text = (selector: string) => element.querySelector(selector)?.textContent?.trim() ?? '';
        const expanded = element.getAttribute('aria-expanded');
        const twistie = expanded === null ? '' : expanded === 'true' ? '▾ ' : '▸ ';
        const checkbox = element.querySelector('.monaco-custom-toggle, [role="checkbox"]');
        const box = checkbox === null ? '' : checkbox.getAttribute('aria-checked') === 'true' ? '[x] ' : '[ ] ';
        const label = [text('.label-name'), text('.label-description')].filter((part) => part !== '').join(' ');
        return {
          index: Number(element.getAttribute('data-index')),
          text: `${'  '.repeat(Number(element.getAttribute('aria-level')) - 1)}${twistie}${box}${label}`,
        };
      })
      .sort((one, other) => one.index - other.index)
      .map(({ text }) => text),
  );
}

/** Waits until the rows of a tree satisfy `wanted` and returns them; the error shows the rows that were there. */
export async function waitForTree(page: Page, view: string, wanted: (rows: string[]) => boolean): Promise<string[]> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const rows = await treeRows(page, view);
    if (wanted(rows)) return rows;
    if (Date.now() > end) throw new Error(`the tree "${view}" stayed as it is:\n${rows.join('\n') || '(empty)'}`);
    await page.waitForTimeout(100);
  }
}

/** The row of a tree whose label is exactly this. */
async function treeRow(page: Page, view: string, label: string): Promise<Locator> {
  const row = (await presentPane(page, view))
    .locator('.monaco-list-row[role="treeitem"]')
    .filter({ has: page.locator('.label-name').filter({ hasText: exactly(label) }) });
  return present(row, `the row "${label}" in "${view}"`, async () => (await treeRows(page, view)).join(' | '));
}

export async function clickTreeRow(page: Page, view: string, label: string): Promise<void> {
  await (await treeRow(page, view, label)).locator('.label-name').click();
}

/** Opens a closed parent, or closes an open one. */
export async function toggleTreeRow(page: Page, view: string, label: string): Promise<void> {
  await (await treeRow(page, view, label)).locator('.monaco-tl-twistie').click();
}

/** Clicks the checkbox of a row. */
export async function clickCheckbox(page: Page, view: string, label: string): Promise<void> {
  const row = await treeRow(page, view, label);
  const checkbox = '.monaco-custom-toggle, [role="checkbox"]';
  await present(row.locator(checkbox), `a checkbox of "${label}"`, async () => 'none');
  await clickInPane(await presentPane(page, view), label, checkbox);
}

/** Clicks an inline action of a row, by its title. */
export async function clickInlineAction(page: Page, view: string, label: string, action: string): Promise<void> {
  const row = await treeRow(page, view, label);
  const actions = row.locator('.actions .action-label');
  const button = `.actions .action-label[aria-label^="${action}"]`;
  // A row that is drawn anew may lose what the pointer had brought about.
  const shown = await againAndAgain(async (patience) => {
    await row.hover({ force: true, timeout: patience }).catch(() => undefined);
    return await row
      .locator(button)
      .first()
      .waitFor({ timeout: patience })
      .then(
        () => true,
        () => page.mouse.move(0, 0).then(() => false),
      );
  });
  if (!shown) throw new Error(`the action "${action}" of "${label}" did not come; instead: ${await labels(actions)}`);
  await clickInPane(await presentPane(page, view), label, button);
}

/**
 * Finds and clicks a part of a row in one go. A row whose figures move is drawn again all the time, and its parts with it:
 * a click that waits for one to stand still never comes, and a part that was found a moment ago may be gone.
 */
async function clickInPane(shown: Locator, label: string, part: string): Promise<void> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const clicked = await shown.evaluate(
      (pane, [wanted, selector]) => {
        const rows = [...pane.querySelectorAll('.monaco-list-row[role="treeitem"]')];
        const row = rows.find(
          (each) => each.querySelector('.label-name')?.textContent?.replace(/\s+/g, ' ').trim() === wanted,
        );
        const element = row?.querySelector(selector);
        if (element === undefined || element === null) return false;
        const at = { bubbles: true, cancelable: true, view: window, button: 0 };
        for (const type of ['mousedown', 'mouseup', 'click']) element.dispatchEvent(new MouseEvent(type, at));
        return true;
      },
      [label, part] as const,
    );
    if (clicked) return;
    if (Date.now() > end) throw new Error(`the row "${label}" is gone again`);
    await shown.page().waitForTimeout(50);
  }
}

/** Clicks an action in the title bar of a view. */
export async function clickViewAction(page: Page, view: string, action: string): Promise<void> {
  const shown = await presentPane(page, view);
  await shown.hover();
  // A view that is alone in its container shows its actions in the container's title.
  const button = shown
    .locator(`.pane-header .action-label[aria-label^="${action}"]`)
    .or(page.locator(`.part.sidebar .title-actions .action-label[aria-label^="${action}"]`));
  const others = page.locator('.part.sidebar .action-label');
  await (await present(button, `the action "${action}" of the view "${view}"`, () => labels(others))).click();
}

/** The welcome text that an empty view shows, buttons included. */
export async function welcomeText(page: Page, view: string): Promise<string> {
  const welcome = (await presentPane(page, view)).locator('.welcome-view-content');
  const seen = async () => (await treeRows(page, view)).join(' | ');
  return visibleText(await present(welcome, `a welcome text in "${view}"`, seen));
}

/** Presses a button of the welcome text that an empty view shows. */
export async function clickWelcomeButton(page: Page, view: string, button: string): Promise<void> {
  const buttons = (await presentPane(page, view)).locator('.welcome-view-content .monaco-button');
  const wanted = buttons.filter({ hasText: exactly(button) });
  await (await present(wanted, `the welcome button "${button}"`, () => texts(buttons))).click();
}

/** The line that a tree view shows above its rows; empty without one. */
export async function viewMessage(page: Page, view: string): Promise<string> {
  const message = (await presentPane(page, view)).locator('.tree-explorer-viewlet-tree-view > .message:not(.hide)');
  return (await message.allInnerTexts()).join(' ').trim();
}

/** The hover of a row of a tree, which comes when the pointer rests on it; waits until it says what is wanted. */
export async function treeRowHover(page: Page, view: string, label: string, wanted: RegExp): Promise<string> {
  const row = await treeRow(page, view, label);
  const hover = page.locator('.workbench-hover .hover-contents, .workbench-hover-container .hover-contents');
  const saying = hover.filter({ hasText: wanted }).first();
  let text: string | undefined;
  // A row that is drawn anew under the pointer takes its hover with it.
  await againAndAgain(async (patience) => {
    await page.mouse.move(0, 0);
    await row
      .locator('.label-name')
      .hover({ force: true, timeout: patience })
      .catch(() => undefined);
    text = await visibleText(saying, patience).catch(() => undefined);
    return text !== undefined;
  });
  if (text === undefined) throw new Error(`a hover with ${wanted} did not come; instead: ${await texts(hover)}`);
  // Away from everything that has a hover, so that it is not in the way of the next click.
  const editor = await page.locator('.part.editor').boundingBox();
  await page.mouse.move((editor?.x ?? 0) + (editor?.width ?? 0) / 2, (editor?.y ?? 0) + (editor?.height ?? 0) / 2);
  return text;
}

/** Presses a key while the tree has the focus. */
export async function pressInTree(page: Page, view: string, key: string): Promise<void> {
  await (await presentPane(page, view)).locator('.monaco-list').first().focus();
  await page.keyboard.press(key);
}
