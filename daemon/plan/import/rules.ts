import { plain } from './text.ts';

/** What people must heed though no figure says it: `Do not start on Fridays`, `Ask legal before 50 %`. */

const rule =
  /\b(?:must|mustn't|shall|never|do not|don't|does not|may not|cannot|can't|no one|nobody|not allowed|forbidden|prohibited|only[.!]?$|only (?:the )?(?:\w+ ){1,3}may|only (?:after|when|if|with|by|on|once|in)|not (?:before|until|after|on|during|while|without|in)|no (?:\w+ ){0,3}(?:on|during|before|after|until|while|without|between|in)|unless|except|without (?:\w+ ){0,3}(?:approval|sign-?off|consent|agreement)|(?:approval|sign-?off|consent|permission) (?:of|by|from|is|needed|required)|needs? (?:\w+ ){0,3}(?:approval|sign-?off|consent)|required|mandatory|ask|avoid|refrain|embargo|blackout|freeze|frozen|hand over|wait for)\b/i;

/** Whether a text sets a rule. */
export function isRule(text: string): boolean {
  return text.length <= 2000 && rule.test(plain(text));
}

/** The clauses of a text that set a rule and hold no figure, which are told on their own. */
export function ruleClauses(text: string): readonly string[] {
  if (text.length > 2000 || !isRule(text)) return [];
  return text
    .split(/(?<=[.;!?])\s+|\s[–—]\s|;\s*/)
    .map((clause) => clause.trim())
    .filter((clause) => isRule(clause) && !/\d/.test(plain(clause)) && /\p{L}+\s+\p{L}+/u.test(clause));
}
