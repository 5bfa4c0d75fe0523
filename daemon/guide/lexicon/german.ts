import type { Lexicon } from './concepts.ts';

export const german: Lexicon = {
  concepts: {
    stage: 'stufe | stufen | etappe | etappen | welle | wellen | schritt | schritte | phasen',
    calendar: 'tag | tage | woche | wochen',
    expose:
      'ausrollen | ausgerollt | ausweiten | freischalten | freigeschaltet | ausspielen | erhöhen auf | aktivieren | ausrollung',
    population:
      'prozentsatz | mandate | verkehr | nutzer | nutzern | benutzer | benutzern | kunden | anfragen | geräte | läden | der anrufe | anrufe | bestellungen | anteil | mandanten | aufrufe',
    others: 'übrige | übrigen | restliche | restlichen | verbleibende',
    everyone: 'alle nutzer | alle kunden | alle benutzer | vollausbau',
    nobody: 'schalter aus | niemand',
    unseen: 'Schattenbetrieb | Schattenmodus | Schattenverkehr | im Hintergrund',
    each: 'jede | jeder | jedes | jeweils | in jeder stufe | pro stufe | je stufe',
    afterwards: 'dann | danach | anschließend',
    rollback:
      'zurückrollen | zurückgerollt | rückabwicklung | rücknahme | rückbau | zurücksetzen | zurückschalten | zurück',
    abort: 'abbruch | abbrechen | abbruchkriterien | abbruchbedingungen',
    pause: 'anhalten | angehalten | pausieren | stoppen',
    ask: 'manuelle prüfung | manuell | manuelle | prüfen | rücksprache | entscheiden | entscheidet | entscheidung | erwägen | warnung | absprache | abwägen | untersuchen | beraten',
    alert: 'alarm | alarmieren | benachrichtigen | alarme',
    automatic:
      'automatisch | automatische | automatischer | sofort | sofortige | sofortiger | umgehend | von selbst | selbsttätig',
    condition: 'auslöser | grenzwerte | grenzwert | schwellen | schwellwerte | regeln',
    procedure: 'vorgehen | ablauf | anleitung | maßnahmen',
    gate: 'kriterien | erfolgskriterien | abnahmekriterien | freigabekriterien | ausstiegskriterien | freigabe | voraussetzung | voraussetzungen | bedingung | bedingungen | ziel | zielwert | weiter wenn | weiter, wenn | tor | erfolg',
    must: 'muss | müssen | bleibt | bleiben | liegt | liegen | beträgt',
    advance: 'weiterschalten | fortfahren | nächste stufe | erhöhen | erhöht',
    measured: 'gemessen | messung | ergebnis | ergebnisse | beobachtet | ist-wert | momentaufnahme',
    goal: 'ziele | kennzahl | kennzahlen | geschäftsziel | geschäftsziele',
    notShare: 'verfügbarkeit | abdeckung | testabdeckung | auslastung | rabatt | verbesserung | reduktion | ersparnis',
    above:
      'übersteig~ | überschreit~ | über | größer als | mehr als | höher als | größer | übersteigt | überschreitet | steigt über',
    below:
      'unterschreit~ | unter | kleiner als | weniger als | niedriger als | unterschreitet | fällt unter | sinkt unter',
    atLeast: 'mindestens | wenigstens | oder mehr',
    atMost: 'höchstens | maximal | oder weniger | nicht mehr als',
    equal: 'gleich | genau',
    not: 'kein | keine | keinen | keiner | nicht | nie | ohne | niemals',
    baseline:
      'basislinie | ausgangswert | vergleichswert | ausgangswerts | vergleichswerts | der basislinie | des ausgangswerts | des vergleichswerts',
    rises: 'steigt um | anstieg | steigt | zunahme | sprung',
    falls: 'fällt um | sinkt um | rückgang',
    lasting: 'über | für | lang | über einen zeitraum von | anhaltend',
    within: 'innerhalb | binnen',
    consecutive: 'in folge | nacheinander | hintereinander | aufeinanderfolgende',
    after: 'nach | danach',
    observe:
      'beobachten | beobachtung | beobachtet | dauer | haltezeit | mindestdauer | überwachen | überwachung | warten | halten | laufen lassen | laufen gelassen | beobachtungszeit',
    success: 'erfolgsrate | erfolgsquote',
    error: 'fehlerrate | fehlerquote | fehler | ausfälle | fehlschläge',
    latency: 'latenz | latenzen | antwortzeit | antwortzeiten',
    memory: 'speicher | speicherverbrauch | speichernutzung | speicherbedarf',
    timeout: 'zeitüberschreitung | zeitüberschreitungen',
    throughput: 'durchsatz',
    critical: 'kritische fehler | schwere fehler | kritischer fehler | keine kritischen fehler',
    complaint: 'beschwerde | beschwerden | kundenbeschwerden',
    incident: 'vorfall | vorfälle | sicherheitsvorfall | störung | störungen',
    count: 'anzahl',
    whole: 'gesamt | gesamte',
    flag: 'variable | umgebungsvariable | schalter',
    start: 'beginn | startet | beginnt',
    end: 'ende | endet',
    length: 'zeitraum | termine | termin | zeitplan | datum',
    milestones: 'meilensteine | meilenstein',
    documents: 'dokumente | unterlagen | dokument',
    deliverables: 'ergebnisse zum schluss | liefergegenstände',
    contact: 'ansprechpartner | bereitschaft | verantwortlich | kontakt | eskalation',
    daily: 'täglich | jeden tag | jeden morgen',
    evening: 'jeden abend | abends',
    weekly: 'wöchentlich | jede woche',
    before: 'vor | vorbereitung | vor dem start',
    tasks: 'aufgaben | checkliste | vorbereitung',
    freeze: 'sperrzeit | sperrzeiten | änderungsstopp',
    change: 'änderung | änderungen | stufenwechsel',
    only: 'nur',
    task: 'prüfe | öffne | schreibe | lies | sichere | informiere | bestätige',
    total: 'alle',
    off: 'abgeschaltet | abschalten | ausgeschaltet | deaktiv~',
    filler:
      'der | die | das | des | dem | den | ein | eine | einer | von | vom | im | und | oder | mit | bei | wenn | sobald | ist | sind | wird | werden | auf | am | für die | es | als | zur | zum | pro | beim',
  },
  // biome-ignore format: units stand together
  units: {
    ms: 'millisekunde | millisekunden', s: 'sekunde | sekunden | sek', m: 'minute | minuten',
    h: 'stunde | stunden | std', d: 'tag | tage | tagen', w: 'woche | wochen', '%': 'prozent',
    points: 'prozentpunkte | prozentpunkt | prozentpunkten', x: 'mal | fach',
  },
  numerals:
    'null = 0 | zwei = 2 | drei = 3 | vier = 4 | fünf = 5 | sechs = 6 | sieben = 7 | acht = 8 | zehn = 10 | zwölf = 12 | fünfzehn = 15 | dreißig = 30',
  weekdays:
    'montag/montags/mo dienstag/dienstags mittwoch/mittwochs donnerstag/donnerstags freitag/freitags samstag/samstags/sonnabend sonntag/sonntags',
  dayparts:
    'vormittag/vormittags mittag/mittags nachmittag/nachmittags abend/abends nacht/nachts wochenende/wochenenden',
  months: 'januar februar märz/mär april mai juni juli august september oktober/okt november dezember/dez',
};
