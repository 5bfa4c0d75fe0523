// Dialogs and notifications.
import type { Page } from 'playwright-core';
import { runCommand } from './quickInput.ts';
import { againAndAgain, exactly, polled, present, texts, visibleText, WAIT_MILLISECONDS } from './waiting.ts';

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
 * seconds: a hidden one is looked for in the editor's list.
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
  // It may close by itself meanwhile.
  if ((await kept.count()) > 0) {
    const hide = kept.locator('.codicon-notifications-hide, .codicon-notifications-collapse').first();
    await hide.click({ timeout: 5000 }).catch(() => undefined);
  }
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
