import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templateOf } from '../../daemon/explain/messageTemplate.ts';

describe('templateOf', () => {
  it('leaves nothing of a key, whose numbers it would have masked', () => {
    const key = 'dt0c01.ABCDEFGHIJKLMNOPQRSTUVWX.QWERTYUIOPASDFGHJKLZXCVBNM1234567890QWERTYUIOPASDFGHJKLZXCVBNMAB';
    expect(templateOf(`client refused for ${key} now`)).toBe('client refused for [redacted] now');
    expect(templateOf('refused for xoxb-123456789012-abcdefghij')).toBe('refused for [redacted]');
  });

  it.each([
    ['order 17 not found', 'order 18 not found'],
    ["cannot read 'price' of order", "cannot read 'name' of order"],
    ['timeout after 2000 ms', 'timeout after 1.5 ms'],
    ['upload 3f2a9c77d1e0 failed', 'upload aa00bb11cc22 failed'],
    ['id 123e4567-e89b-12d3-a456-426614174000 gone', 'id 00000000-e89b-12d3-a456-426614174fff gone'],
    ['2025-11-09 14:00:01,123 ERROR lost', '2025-11-10 09:12:59,001 ERROR lost'],
    ['GET https://a.example/x?y=1 gave 502', 'GET https://b.example/z gave 503'],
    ['mail to jo@example.org bounced', 'mail to al@example.com bounced'],
    ['at 0xdeadbeef', 'at 0x00c0ffee'],
    ['failed\n  at a (b.js:1:2)', 'failed\n  at c (d.js:3:4)'],
  ])('gives one template to %j and %j', (one, other) => {
    expect(templateOf(one)).toBe(templateOf(other));
  });

  it('tells apart what differs in words', () => {
    expect(templateOf('connection refused')).not.toBe(templateOf('connection reset'));
    expect(templateOf('TypeError: x is undefined')).toContain('TypeError: x is undefined');
  });

  it('is its own template, bounded and of one line, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
        const template = templateOf(text);
        expect(template.length).toBeLessThanOrEqual(160);
        expect(template).not.toMatch(/[\r\n]/);
      }),
    );
  });
});
