/// <reference lib="dom" />
// What a person sees and does in VS Code's workbench, for drivers. Every function waits for what it needs and, when it
// does not come, says what was there instead.
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** Generous, for a machine that is slow and busy: it bounds what never comes, and costs nothing where all is well. */
export const WAIT_MILLISECONDS = 90_000;

/** Waits until the locator is there; when it is not, the error says what was wanted and what `seen` found instead. */
async function present(locator: Locator, wanted: string, seen: () => Promise<string>): Promise<Locator> {
  try {
    await locator.first().waitFor({ state: 'visible', timeout: WAIT_MILLISECONDS });
  } catch {
    throw new Error(`${wanted} did not come; instead: ${await seen()}`);
  }
  return locator.first();
}

const texts = async (locator: Locator): Promise<string> =>
  (await locator.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ') || '(nothing)';

const labels = async (locator: Locator): Promise<string> =>
  (await locator.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')).filter((label) => label))).join(
    ' | ',
  ) || '(nothing)';

// biome-ignore lint/performance/useDomNodeTextContent: what is on screen, with its line breaks, is the point
const visibleText = (locator: Locator, timeout = WAIT_MILLISECONDS): Promise<string> => locator.innerText({ timeout });

const exactly = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);

// --- Command palette and quick picks ---

const quickInput = (page: Page) => page.locator('.quick-input-widget:visible');
const quickRows = (page: Page) => quickInput(page).locator('.quick-input-list .monaco-list-row');

const quickField = (page: Page) => quickInput(page).locator('.quick-input-box input');
const quickTitles = (page: Page) => quickRows(page).locator('.label-name');
const quickRow = (page: Page, label: string) =>
  quickRows(page).filter({ has: page.locator('.label-name').getByText(label, { exact: true }) });

/**
 * Opens the quick input with a key, filters, and clicks the row with this label. It begins again when the row does not
 * come or the input closes: an editor that opens late takes the focus and closes it, and a list made before an
 * extension's commands were known stays without them.
 */
async function chooseByKey(page: Page, key: string, filter: string, label: string): Promise<void> {
  let seen = '(nothing)';
  const chosen = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press(key);
      await quickField(page).fill(filter, { timeout: patience });
      await quickRow(page, label).first().waitFor({ timeout: patience });
      await quickRow(page, label).first().click({ timeout: patience });
      return true;
    } catch {
      seen = await texts(quickTitles(page));
      await page.keyboard.press('Escape');
      return false;
    }
  });
  if (!chosen) throw new Error(`"${label}" did not come for "${filter}"; instead: ${seen}`);
}

/**
 * Tries until it succeeds, each time with more patience: on a busy machine a short one would never do. For what may be
 * done twice. `false`: it never did.
 */
async function againAndAgain(attempt: (patience: number) => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (let patience = 3_000; Date.now() < end; patience *= 1.5) {
    if (await attempt(patience)) return true;
  }
  return false;
}

/**
 * The command titles that the palette offers for a filter, best first, once they are as wanted: a list that was made
 * before an extension's commands were known stays without them. Leaves the palette closed.
 */
export async function commandTitles(
  page: Page,
  filter: string,
  wanted: (titles: readonly string[]) => boolean = (titles) => titles.length > 0,
): Promise<string[]> {
  let titles: string[] = [];
  const offered = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press('F1');
      await quickField(page).fill(`>${filter}`, { timeout: patience });
      for (const end = Date.now() + patience; Date.now() < end && !wanted(titles); await page.waitForTimeout(50)) {
        titles = await quickTitles(page).allInnerTexts();
      }
    } catch {
      // It closed again, or has not come yet.
    }
    await page.keyboard.press('Escape');
    return wanted(titles);
  });
  if (!offered) throw new Error(`the palette offered for "${filter}" only: ${titles.join(' | ') || '(nothing)'}`);
  await quickInput(page).waitFor({ state: 'hidden', timeout: WAIT_MILLISECONDS });
  return titles;
}

/** Runs a command by its full title, such as `Rampwatch: Advance`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await chooseByKey(page, 'F1', `>${title}`, title);
}

/** Picks the item with this label in the quick pick that is open. */
export async function pickQuickItem(page: Page, label: string): Promise<void> {
  await (await present(quickRow(page, label), `the item "${label}"`, () => texts(quickRows(page)))).click();
}

/**
 * Types into the input box that is open and accepts it. `about`: words of it, where a list or box before it may still be
 * there.
 */
export async function answerInput(page: Page, text: string, about = ''): Promise<void> {
  const box = quickInput(page).filter({ hasText: about });
  const input = box.locator('.quick-input-box input');
  await (await present(input, `an input box "${about}"`, () => texts(quickInput(page)))).fill(text);
  await input.press('Enter');
}

/**
 * Answers the dialog that asks where to save. It writes its own proposal into the field a while after it has opened, so
 * what is typed has to be seen to stay.
 */
export async function answerSaveDialog(page: Page, path: string): Promise<void> {
  const input = quickField(page);
  await present(input, 'a dialog for a file', async () => 'none');
  const end = Date.now() + WAIT_MILLISECONDS;
  while ((await input.inputValue()) === '') {
    if (Date.now() > end) throw new Error('the dialog for a file proposed none');
    await page.waitForTimeout(50);
  }
  for (let stayed = 0; stayed < 5; ) {
    if (Date.now() > end) throw new Error(`the dialog for a file went back to "${await input.inputValue()}"`);
    if ((await input.inputValue()) === path) stayed += 1;
    else {
      stayed = 0;
      await input.fill(path);
    }
    await page.waitForTimeout(100);
  }
  // While it still looks at the folder it takes no answer.
  const answered = await againAndAgain(async (patience) => {
    await input.press('Enter', { timeout: patience }).catch(() => undefined);
    return await quickInput(page)
      .waitFor({ state: 'hidden', timeout: patience })
      .then(
        () => true,
        () => false,
      );
  });
  if (!answered) throw new Error(`the dialog for a file did not take "${path}"`);
}

// --- Status bar ---

export interface StatusBarItem {
  /** The text beside the icons. */
  text: string;
  /** What a screen reader says. */
  label: string;
  /** The names of the codicons in the text, such as `sync`. */
  icons: string[];
  background: 'standard' | 'warning' | 'error';
}

// The workbench names an item's element after the extension, and after the item when it has an id of its own.
const statusBarLocator = (page: Page, extensionId: string) =>
  page.locator(`.statusbar-item[id="${extensionId}"], .statusbar-item[id^="${extensionId}."]`);

/** The status bar item of an extension, waiting until it is there. */
export async function statusBarItem(page: Page, extensionId: string): Promise<StatusBarItem> {
  const item = await present(
    statusBarLocator(page, extensionId),
    `a status bar item of ${extensionId}`,
    async () =>
      (await page.locator('.statusbar-item').evaluateAll((items) => items.map(({ id }) => id).join(', '))) || '(none)',
  );
  return item.evaluate((element): StatusBarItem => {
    const label = element.querySelector('.statusbar-item-label');
    const icons = [...element.querySelectorAll('.codicon')].map(
      (icon) => /codicon-(?!modifier)([\w-]+)/.exec(icon.className)?.[1] ?? '',
    );
    const background = element.classList.contains('error-kind')
      ? 'error'
      : element.classList.contains('warning-kind')
        ? 'warning'
        : 'standard';
    return {
      text: (label?.textContent ?? '').replace(/\s+/g, ' ').trim(),
      label: label?.getAttribute('aria-label') ?? element.getAttribute('aria-label') ?? '',
      icons,
      background,
    };
  });
}

export async function clickStatusBarItem(page: Page, extensionId: string): Promise<void> {
  await statusBarItem(page, extensionId);
  await statusBarLocator(page, extensionId).first().locator('a').click();
}

/** Rests the pointer on the status bar item of an extension until its hover is there, and returns where that is. */
export async function statusBarHover(
  page: Page,
  extensionId: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  await statusBarItem(page, extensionId);
  await statusBarLocator(page, extensionId).first().hover();
  const hover = page.locator('.workbench-hover .hover-contents, .workbench-hover-container .hover-contents');
  const box = await (await present(hover, 'the hover of the status bar', async () => 'none')).boundingBox();
  if (box === null) throw new Error('the hover of the status bar is gone again');
  return box;
}

// --- Views ---

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

// --- Dialogs and notifications ---

const dialog = (page: Page) => page.locator('.monaco-dialog-box');

/** The message and detail of the modal dialog, waiting until one is open. */
export async function dialogText(page: Page): Promise<string> {
  const message = dialog(page).locator('.dialog-message-container');
  return visibleText(await present(message, 'a modal dialog', () => texts(page.locator('.notification-toast'))));
}

/** Presses the button with this label in the modal dialog and waits until the dialog is gone. */
export async function answerDialog(page: Page, button: string): Promise<void> {
  const buttons = dialog(page).locator('.dialog-buttons .monaco-button');
  const wanted = buttons.filter({ hasText: exactly(button) });
  await (await present(wanted, `the dialog button "${button}"`, () => texts(buttons))).click();
  await wanted.first().waitFor({ state: 'hidden', timeout: WAIT_MILLISECONDS });
}

const toasts = '.notification-toast .notification-list-item';
const notifications = (page: Page) => page.locator(`${toasts}, .notifications-center.visible .notification-list-item`);

/**
 * Waits for a notification whose message holds `text`, and returns the whole message. A toast hides itself after some
 * seconds: one that nobody saw meanwhile is looked for where the editor keeps it.
 */
export async function waitForNotification(page: Page, text: string | RegExp): Promise<string> {
  const message = notifications(page).locator('.notification-list-item-message').filter({ hasText: text });
  const shown = await message
    .first()
    .waitFor({ timeout: 30_000 })
    .then(
      () => true,
      () => false,
    );
  if (!shown) await runCommand(page, 'Notifications: Show Notifications');
  return visibleText(await present(message, `a notification with ${text}`, () => texts(notifications(page))));
}

/** Presses a button of the notification whose message holds `text`. */
export async function answerNotification(page: Page, text: string | RegExp, button: string): Promise<void> {
  const buttons = notifications(page).filter({ hasText: text }).locator('.monaco-button');
  const wanted = buttons.filter({ hasText: exactly(button) }).first();
  let seen = '(nothing)';
  const answered = await againAndAgain(async (patience) => {
    await waitForNotification(page, text);
    try {
      // A toast under the pointer does not hide itself.
      await notifications(page).filter({ hasText: text }).first().hover({ timeout: patience });
      await wanted.click({ timeout: patience });
      return true;
    } catch {
      seen = await texts(buttons);
      return false;
    }
  });
  if (!answered) throw new Error(`the button "${button}" did not come; instead: ${seen}`);
  const kept = page.locator('.notifications-center.visible');
  if ((await kept.count()) > 0) await runCommand(page, 'Notifications: Hide Notifications');
}

/** Waits until the notification whose message holds `text` has these buttons: they may come after its words. */
export async function waitForNotificationButtons(
  page: Page,
  text: string | RegExp,
  wanted: readonly string[],
): Promise<void> {
  const buttons = notifications(page)
    .filter({ hasText: text })
    .first()
    .locator('.notification-list-item-buttons-container .monaco-button:visible');
  const read = async () => {
    await waitForNotification(page, text);
    return await buttons.allInnerTexts();
  };
  await polled(page, read, (seen) => seen.join('|') === wanted.join('|'), `the buttons of ${text}`);
}

/** Closes every notification. */
export async function clearNotifications(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
  await notifications(page).first().waitFor({ state: 'detached', timeout: WAIT_MILLISECONDS });
}

// --- Editors and webviews ---

/** Waits until the status bar says that the cursor is at the first column of this line. */
export async function waitForCursorLine(page: Page, line: number): Promise<void> {
  const item = page.locator('.statusbar-item[id="status.editor.selection"]');
  const wanted = item.filter({ hasText: new RegExp(`Ln ${line}, Col 1(?!\\d)`) });
  await present(wanted, `the cursor at line ${line}`, () => texts(item));
}

/** The text that the active editor shows, as far as it is in sight, once it is as wanted: a tab stands before its text. */
export async function editorText(page: Page, ...wanted: readonly RegExp[]): Promise<string> {
  const lines = page.locator('.editor-group-container.active .view-lines').first();
  const read = async () => (await visibleText(lines, 1_000).catch(() => '')).replaceAll('\u00a0', ' ');
  return await polled(page, read, (text) => wanted.every((each) => each.test(text)), `the lines, wanted ${wanted},`);
}

/** Opens a file of the workspace by the path or name that quick open finds. */
export async function openFile(page: Page, path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  await chooseByKey(page, 'Control+P', path, name);
  await page.locator('.tab.active').filter({ hasText: name }).waitFor({ timeout: WAIT_MILLISECONDS });
}

/** The titles of the open editors of all groups, in order. */
export async function editorTitles(page: Page): Promise<string[]> {
  // A file's name and its extension are elements of their own.
  return page
    .locator('.tabs-container .tab')
    .evaluateAll((tabs) =>
      tabs.map((tab) =>
        [...tab.querySelectorAll('.label-name, .label-suffix')].map((part) => part.textContent).join(''),
      ),
    );
}

/**
 * Follows the link in the active editor whose words are these, as a person does: with Ctrl held down; `tab`: the editor
 * it leads to.
 */
export async function followEditorLink(page: Page, words: string, tab: string | RegExp): Promise<void> {
  const link = page.locator('.editor-group-container.active .view-line .detected-link').filter({ hasText: words });
  await present(link, `the link "${words}"`, async () => `links: ${await texts(page.locator('.detected-link'))}`);
  const opened = await againAndAgain(async (patience) => {
    await page.keyboard.down('Control');
    try {
      // The link becomes one to click once the pointer has moved over it with the key down.
      await page.mouse.move(0, 0);
      await link.first().hover({ timeout: patience });
      await page
        .locator('.editor-group-container.active .detected-link-active')
        .first()
        .waitFor({ state: 'attached', timeout: patience });
      // Where the pointer is: its own hover would be in the way of a click that looks for the words.
      await page.mouse.down();
      await page.mouse.up();
    } catch {
      // It was drawn anew meanwhile.
    } finally {
      await page.keyboard.up('Control');
    }
    return await tabComes(page, tab, patience);
  });
  if (!opened) throw new Error(`the link "${words}" did not lead to ${tab}; open: ${await editorTitles(page)}`);
}

/** Does `open` until the active editor has this title. For what only opens something. */
export async function openTab(page: Page, tab: string | RegExp, open: () => Promise<void>): Promise<void> {
  const opened = await againAndAgain(async (patience) => {
    await open();
    return await tabComes(page, tab, patience);
  });
  if (!opened) throw new Error(`no editor ${tab} came; open: ${await editorTitles(page)}`);
}

async function tabComes(page: Page, tab: string | RegExp, timeout: number): Promise<boolean> {
  return await page
    .locator('.tab.active')
    .filter({ hasText: tab })
    .first()
    .waitFor({ timeout })
    .then(
      () => true,
      () => false,
    );
}

/** The page inside the visible webview; with several, `index` counts them in the order they were made. */
export function webview(page: Page, index = 0): FrameLocator {
  return page.locator('iframe.webview.ready').nth(index).contentFrame().frameLocator('#active-frame');
}

// --- Text editors ---

/** Puts the cursor on a place, both 1-based, of the editor that has the focus. */
export async function goToPlace(page: Page, line: number, column: number): Promise<void> {
  await page.locator('.editor-instance .monaco-editor').last().waitFor({ timeout: WAIT_MILLISECONDS });
  const cursor = page.locator('.statusbar-item[id="status.editor.selection"]');
  const there = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press('Control+G');
      await quickField(page).fill(`:${line}:${column}`, { timeout: patience });
      await quickField(page).press('Enter', { timeout: patience });
      await cursor
        .filter({ hasText: new RegExp(`Ln ${line}, Col ${column}(?!\\d)`) })
        .first()
        .waitFor({ timeout: patience });
      return true;
    } catch {
      await page.keyboard.press('Escape');
      return false;
    }
  });
  if (!there) throw new Error(`the cursor did not go to ${line}:${column}; instead: ${await texts(cursor)}`);
  await quickInput(page).waitFor({ state: 'hidden', timeout: WAIT_MILLISECONDS });
}

async function polled<T>(page: Page, read: () => Promise<T>, wanted: (seen: T) => boolean, what: string): Promise<T> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const seen = await read();
    if (wanted(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what} stayed as they are: ${JSON.stringify(seen)}`);
    await page.waitForTimeout(100);
  }
}

/** The rows of the Problems view, files and problems, which is opened for it; waits until they are as wanted. */
export async function problemRows(page: Page, wanted: (rows: string[]) => boolean): Promise<string[]> {
  const panel = page.locator('.markers-panel');
  if (!(await panel.isVisible())) await runCommand(page, 'View: Focus Problems');
  await panel.waitFor({ timeout: WAIT_MILLISECONDS });
  const rows = panel.locator('.monaco-list-row');
  const read = async () => (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  return await polled(page, read, wanted, 'the problems');
}

const lenses = (page: Page) => page.locator('.codelens-decoration a, .codelens-decoration > span');

/** The words above the lines of the open editor, icons left out; waits until they are as wanted. */
export async function waitForLenses(page: Page, wanted: (lenses: string[]) => boolean): Promise<string[]> {
  const read = async () => (await lenses(page).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  return await polled(page, read, wanted, 'the lenses');
}

/** Clicks the first lens that begins so. A lens whose figures move is drawn anew all the time: look what came of it. */
export async function clickLens(page: Page, text: string): Promise<void> {
  const lens = lenses(page).filter({ hasText: new RegExp(`^\\s*${text}`) });
  const there = await present(lens, `the lens "${text}"`, () => texts(lenses(page)));
  await there.click({ timeout: 3_000 }).catch(() => undefined);
}

/** Asks for proposals at the cursor, and waits until they are as wanted. */
export async function suggestions(page: Page, wanted: (labels: string[]) => boolean): Promise<string[]> {
  const rows = page.locator('.suggest-widget.visible .monaco-list-row .label-name');
  let seen: string[] = [];
  const came = await againAndAgain(async (patience) => {
    await page.keyboard.press('Control+Space');
    for (const end = Date.now() + patience; Date.now() < end && !wanted(seen); await page.waitForTimeout(50)) {
      seen = await rows.allInnerTexts();
    }
    if (!wanted(seen)) await page.keyboard.press('Escape');
    return wanted(seen);
  });
  if (!came) throw new Error(`the proposals stayed as they are: ${seen.join(' | ') || '(none)'}`);
  return seen;
}

/** Clicks an action in the title bar of the editor. */
export async function clickEditorAction(page: Page, action: string): Promise<void> {
  const actions = page.locator('.editor-actions .action-label');
  const button = page.locator(`.editor-actions .action-label[aria-label^="${action}"]`);
  await (await present(button, `the action "${action}" of the editor`, () => labels(actions))).click();
}

/** The quick fix with these words at the cursor; asks again when the editor had not the focus yet. */
export async function quickFix(page: Page, title: string): Promise<Locator> {
  const rows = page.locator('.action-widget .monaco-list-row');
  const wanted = rows.filter({ hasText: title }).first();
  const shown = await againAndAgain(async (patience) => {
    await page.keyboard.press('Control+.');
    const came = await wanted.waitFor({ timeout: patience }).then(
      () => true,
      () => false,
    );
    if (!came) await page.keyboard.press('Escape');
    return came;
  });
  if (!shown) throw new Error(`the quick fix "${title}" did not come; instead: ${await texts(rows)}`);
  return wanted;
}
