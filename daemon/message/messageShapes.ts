import type { News } from '../protocol/words/news.ts';

/** The bodies of a message, by the shape that its receiver reads. */

/** The version of a webhook's JSON; it grows with a change that a reader must know of. */
const version = 1;

/** `async-upload: Entered half at 50 %: by ann`. It begins with a name, so a program takes it for no option. */
export function messageText({ rollout, sentence }: Pick<News, 'rollout' | 'sentence'>): string {
  return `${rollout}: ${sentence}`;
}

/** For any receiver, and on the standard input of a command. `at` is a time as `2026-01-05T10:00:00.000Z`. */
export function webhookBody({ at, ...news }: News): Readonly<Record<string, unknown>> {
  return { version, ...news, at: new Date(at).toISOString() };
}

/**
 * For an incoming webhook of Slack: `text` for notices, blocks for the channel. Its three signs are escaped, so that no
 * text of a rollout mentions a channel or makes a link.
 */
export function slackBody(news: News): Readonly<Record<string, unknown>> {
  const escaped = slackEscaped(messageText(news));
  const said = `*${slackEscaped(news.name)}*\n${slackEscaped(news.sentence)}`;
  const about = `attempt ${news.attempt}, by ${slackEscaped(news.by)} · <${slackEscaped(news.link)}|Open in the editor>`;
  return {
    text: escaped,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: said, verbatim: true } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: about, verbatim: true }] },
    ],
  };
}

function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * An Adaptive Card in the envelope that a Teams workflow takes ("When a Teams webhook request is received"). The texts
 * are runs, which read no Markdown: no text of a rollout makes a link.
 */
export function teamsBody(news: News): Readonly<Record<string, unknown>> {
  const line = (text: string, more: Readonly<Record<string, unknown>> = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...more }],
  });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      line(news.name, { weight: 'Bolder' }),
      line(news.sentence),
      line(`attempt ${news.attempt}, by ${news.by}`, { isSubtle: true }),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open in the editor', url: news.link }],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}
