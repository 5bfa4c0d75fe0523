/** The words of German guides that the phrase readers know in English. Whole words only; what is not listed stays as it is. */

const words: readonly (readonly [string, string])[] = [
  ['Fehler(?:rate|quote)', 'error rate'],
  ['Erfolgs(?:rate|quote)', 'success rate'],
  ['(?:kritische[rn]?|schwere[rn]?) Fehler', 'critical errors'],
  ['(?:Latenz|Antwortzeit)(?:en)?', 'latency'],
  ['Durchsatz', 'throughput'],
  ['Speicher(?:verbrauch|nutzung|bedarf)', 'memory usage'],
  ['(?:Kunden)?[Bb]eschwerden', 'complaints'],
  ['mindestens|wenigstens', 'at least'],
  ['höchstens|maximal', 'at most'],
  ['unter|kleiner als|weniger als|niedriger als', 'under'],
  ['über|größer als|mehr als|höher als|größer', 'above'],
  ['für', 'for'],
  ['während', 'during'],
  ['vor', 'before'],
  ['Sekunden?', 'seconds'],
  ['Minuten', 'minutes'],
  ['Stunden?', 'hours'],
  ['Arbeitstagen?', 'working days'],
  ['Tagen?|Tage', 'days'],
  ['Wochen?', 'weeks'],
  ['Prozent', 'percent'],
  ['(?:der |des |vom )?(?:Basislinie|Ausgangswert(?:s|es)?|Vergleichswert(?:s|es)?)', 'of baseline'],
  ['Anfragen', 'requests'],
  ['Bestellungen', 'orders'],
  ['Aufrufen?', 'calls'],
  ['Benutzern?|Nutzern?|Kunden', 'users'],
  ['Zeitraum', 'period'],
  ['Zeitzone', 'time zone'],
  ['Beginn', 'start'],
  ['Ende', 'end'],
  ['Stufen', 'stages'],
  ['Stufe', 'stage'],
  ['Anteil', 'share'],
  ['Dauer|Haltezeit', 'duration'],
  ['(?:Erfolgs|Abnahme|Freigabe|Ausstiegs)kriterien', 'success criteria'],
  ['Kriterien', 'criteria'],
  ['sofort(?:iger?)?', 'immediately'],
  ['zurückrollen|zurückgerollt|Rückabwicklung|Rücknahme', 'rollback'],
  ['Abbruch(?:kriterien|bedingungen)?', 'abort'],
  ['[Mm]anuelle Prüfung', 'manual review'],
  ['täglich(?:e[rsn]?)?|jeden (?:Tag|Morgen)', 'daily'],
  ['wöchentlich(?:e[rsn]?)?|jede Woche', 'weekly'],
  ['jeden Abend|abends', 'every evening'],
  ['jede[rmsn]?', 'each'],
  ['montags', 'on Mondays'],
  ['dienstags', 'on Tuesdays'],
  ['mittwochs', 'on Wednesdays'],
  ['donnerstags', 'on Thursdays'],
  ['freitags', 'on Fridays'],
  ['samstags', 'on Saturdays'],
  ['sonntags', 'on Sundays'],
  ['am Wochenende|an Wochenenden', 'on weekends'],
  ['nicht', 'not'],
  ['keine[rmn]?', 'no'],
  ['niemals|nie', 'never'],
  ['nur', 'only'],
  ['muss|müssen', 'must'],
  ['Umstellung(?:en)?|umstellen|Änderung(?:en)?', 'change'],
  ['Verantwortlich(?:e[rn]?)?', 'owner'],
  ['Vertretung', 'deputy'],
  ['Ansprechpartner(?:in)?|Kontakt(?:e)?', 'contact'],
  ['Eskalation', 'escalation'],
  ['Checkliste', 'checklist'],
  ['Aufgaben', 'tasks'],
  ['Vorbereitung(?:en)?', 'preparation'],
  ['[Ee]rwartete Verbesserungen|Ziele', 'expected improvements'],
  ['Dokumente|Unterlagen', 'documents'],
  ['Meilensteine|Termine', 'milestones'],
  ['Hinweise', 'notes'],
];
const any = new RegExp(`(?<!\\p{L})(?:${words.map(([german]) => `(${german})`).join('|')})(?!\\p{L})`, 'giu');

/** English for the German words of a text; the rest, and what is shown of it in the plan, stays as it is written. */
export function germanAsEnglish(text: string): string {
  if (text.length > 2000) return text;
  const english = replaced(text);
  // `vor jeder Stufe`: one word is the other's context.
  return english === text ? text : replaced(english);
}

function replaced(text: string): string {
  return text.replaceAll(
    any,
    (all, ...groups) => words[groups.slice(0, words.length).findIndex((each) => each !== undefined)]?.[1] ?? all,
  );
}
