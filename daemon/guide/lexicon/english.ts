import type { Lexicon } from './concepts.ts';

export const english: Lexicon = {
  concepts: {
    stage:
      'stage | stages | phase | phases | step | steps | wave | waves | ring | rings | cohort | cohorts | tranche | tranches | ladder | slice | slices | shard | shards | batch | batches',
    calendar: 'day | days | week | weeks | sprint | sprints | d+ | t+ | t-',
    expose:
      'roll out | rolls out | rolled out | rolling out | rollout | rollouts | ramp | ramps | ramped | ramping | ramp up | canary | canaries | expand | expands | expanded | expanding | expansion | enable | enables | enabled | enabling | open up | send | sends | sending | route | routes | routed | routing | shift | shifts | shifted | expose | exposes | exposed | exposure | serve | serves | launch | launched | live | move to | go to | goes to | scale to | bump to | raise to | turn on | turned on | deploy | deploys | deployed | deploying | begin | beta | alpha | pilot | dogfood | setweight | set weight',
    population:
      'traffic | percent | pct | users | user | customers | requests | shops | stores | shop | sessions | hosts | instances | pods | nodes | servers | tenants | accounts | merchants | readers | viewers | visitors | subscribers | members | players | devices | clients | people | employees | population | audience | fleet | weight | weights | share | shares | percentage | percent of | calls | orders | regions | installs | installations | subjects | queries | invoices | recipients | mailboxes | listeners | hotels | drivers | patients | students | reads | writes | lookups | transactions | checkouts | agents | payments | searches | quotes | projects | mails | uploads | images | events | jobs | messages | records | interactions | streams | deliveries',
    others:
      'stable | remaining | remainder | rest | others | old version | legacy | control group | holdout | hold out | unaffected',
    everyone:
      'all of them | everyone | everybody | all users | all customers | all traffic | all shops | full rollout | full traffic | full launch | general availability | ga',
    nobody:
      'flags off | flag off | flags are off | flag is off | dark launch | dark deploy | nobody | no users | disabled for all',
    unseen:
      'report only | shadow | shadowing | shadow mode | shadow traffic | dry run | mirrored | mirror | in the background | log only',
    each: 'each | every | at each | all stages | any stage | throughout',
    afterwards: 'then | finally | afterwards | after that | next',
    rollback:
      'roll back | rolls back | rolled back | rolling back | rollback | rollbacks | revert | reverts | reverted | reverting | go back | going back | back out | kill switch',
    abort:
      'hard stop | abort | aborts | aborted | aborting | kill | kills | stop the rollout | stop rollout | stop criteria | stop when | stop if | terminate | cancel',
    pause:
      'pause | pauses | paused | pausing | halt | halts | halted | halting | freeze the rollout | stop the ramp | stop ramping | hold the rollout | hold the ramp | do not advance | do not increase | do not expand | do not ramp | no further increase | do not proceed | do not promote | block promotion | stay at',
    ask: 'ask | asks | think | stop and think | talk | looks | manual | manually | consider | considers | considering | think about | decide | decides | decision | decisions | consult | consults | consultation | discuss | discussion | investigate | investigates | investigation | review | reviews | go no go | go/no go | go/no-go | no go | judgement | judgment | judgment call | may need | at discretion | discretion | evaluate | evaluation | assess | assessment | warning | warnings | warn | yellow | amber | suspicious | look into | look at | someone must look | approval | sign off | person | human | yellow flag | caution | looked at | looked into | on call decides | escalate | escalates',
    alert: 'alert | alerts | alerting | alarm | alarms | page the | page on call | paged | notify | notifies | red',
    automatic:
      'automatic | automatically | auto | automated | by itself | immediately | immediate | at once | instantly | right away | hard',
    off: 'turn off | turned off | turns off | switch off | switched off | switches off | disable | disables | disabled',
    condition:
      'decision rule | decision rules | decision table | decision matrix | decision criteria | decision points | decision tree | trigger | triggers | condition | conditions | rules | thresholds | threshold | if any of | any of the following | limits | limit',
    breach:
      'violated | violates | violation | breached | breaches | breach | broken | missed | not met | crossed | trips | tripped',
    elsewhere:
      'offline | staging | load test | load tests | benchmark | benchmarks | sandbox | synthetic | pre production | preprod | lab',
    procedure:
      'procedure | procedures | plan | actions | action plan | instructions | how to | runbook | playbook | capability | drill | command | commands | script | scripts | mechanism | strategy | strategies | rehearsal | tested | testing | verification | communication | checklist',
    gate: 'ok | complete when | completes when | finished when | move on | moves on | moving on | go on only | done when | we need | we want | good to go | criteria | criterion | success criteria | exit criteria | acceptance criteria | gate | gates | gating | go | green | pass | passes | exit | acceptance | requirement | requirements | required | requires | require | needed | target | targets met | healthy | clean window | promote if | promote when | proceed if | proceed when | advance if | advance when | continue if | proceed only | to proceed | validation | success | threshold to proceed | sla to advance | validate | must show | need | needs',
    must: 'need | needs | require | requires | must be | must | shall | has to be | have to be | should be | stays | stay | remains | remain | keeps',
    advance:
      'continue | advance | advances | advancing | promote | promotes | promoted | promotion | proceed | proceeds | increase | increases | increased to | increasing to | continue to | next stage | go on',
    measured:
      'snapshot | snapshots | observed | measured | actual | actuals | results | result | so far | recorded | status report | report of | current value | current values | current numbers | current figures | today | before the rollout | postmortem | post mortem | incident of | lessons',
    goal: 'kpi | kpis | business goal | business goals | goals | goal | objective | objectives | okr | okrs | north star | expected benefits | benefits | business case | business impact | expected impact | slo | slos | vision',
    notShare:
      'coverage | availability | uptime | utilisation | utilization | reduction | improvement | confidence | budget | battery | discount | complete | completion | margin | sampling | sample rate | accuracy | effort | savings | cost | probability | growth | adoption | compliance',
    above:
      '> | or more than | above | over | exceeds | exceed | exceeding | exceeded | more than | greater than | higher than | beyond | surpasses | worse than | longer than | slower than | rises above | goes above',
    below:
      '< | or less than | or fewer than | below | under | less than | fewer than | lower than | beneath | faster than | drops below | falls below | drop below | fall below',
    atLeast:
      '≥ | at or above | at least | minimum | min | no less than | not less than | no fewer than | or more | or higher | or above | or better | and above | floor of | a minimum of',
    atMost:
      '≤ | at or below | at most | maximum | max | no more than | not more than | or less | or lower | or below | or fewer | up to | capped at | no higher than | not exceed | not exceeding',
    equal: '= | == | equals | equal to | exactly',
    not: "isn't | aren't | doesn't | don't | won't | nobody | no | not | never | without | none | zero new | cannot | do not | does not | must not | avoid | avoids | nothing",
    baseline:
      'baseline | of baseline | of the baseline | control | the control | pre rollout | prerollout | old path | current version | previous version | vs stable',
    rises:
      'up | spike | spikes | spiked | rise | rises | rising | grow | grows | growth of | increase by | increases by | increased by | jump | jumps | climb | climbs | overhead | regression | regresses | degrades | degradation | up by | worsens | increase of | increase',
    falls:
      'fall | falls | dips | dip | drop by | drops by | decrease | decreases | decreased | decline | declines | reduced by | drop of | down by | drop | drops | falls by',
    lasting: 'for | over | during | sustained | lasting | last | lasts | average over | consistently',
    within: 'within | inside of',
    consecutive: 'consecutive | in a row | successive | straight | windows | window',
    after: 'after | following | since',
    observe:
      'observe | observed for | observation | monitor | monitors | monitoring | watch | watching | soak | soaks | soak time | bake | bake time | baking | wait | hold | hold for | hold time | stay for | duration | dwell | dwell time | minimum time | min duration | minimum duration | time in stage | interval | clean window',
    success: 'success | successes | successful | succeeded',
    error: 'error | errors | err | fail | fails | failure | failures | failed | failing | exceptions | exception | 5xx',
    latency:
      'latency | latencies | response time | response times | request duration | request time | duration ms | response latency',
    memory: 'memory usage | memory | memory use | memory consumption | rss',
    timeout: 'timeout | timeouts | time outs',
    fallback: 'fallback | fallbacks | fall back',
    throughput: 'throughput | requests per second | rps | qps',
    critical:
      'critical error | critical errors | critical system errors | critical failures | fatal errors | fatal error | critical exceptions | panics | panic | unhandled exceptions',
    complaint:
      'complaint | complaints | user complaint rate | customer complaints | user complaints | complaint rate | support tickets',
    incident:
      'incident | incidents | security incident | security incidents | outage | outages | sev1 | sev 1 | p1 incident | data loss | data corruption',
    rate: 'rate | rates | ratio | percentage of',
    count: 'count | number of | volume | total number of | processed | total count | sample size | samples',
    median: 'median | average | avg | mean',
    whole:
      'overall | request | requests | response | responses | backend | service | system | api | end to end | e2e | server | application | app | production | new | treatment | http | global | aggregate | user | canary | p95 latency of | total | rollout',
    tests: 'test | tests | test cases | test suite | testing | specs',
    passing: 'passing | pass | passed | green | all passing | passes | succeed',
    total: 'total | grand total | overall total | all',
    flag: 'lever | flag | flags | feature flag | feature flags | toggle | toggles | switch | kill switch | environment variable | env var | variable | env',
    start: 'start | starts | start date | starting | begin | begins | kickoff | kick off | rollout start | launch date',
    end: 'end | ends | end date | finish | finishes | completion date | rollout end | target date | ends on',
    length: 'how long | timeline | dates | date | period | schedule | when | window | duration | planned',
    milestones: 'milestone | milestones | key dates | timeline | dates | schedule | calendar',
    documents:
      'documentation | documentation index | documents | document | references | further reading | related documents | see also | reading list | read | docs',
    deliverables: 'deliverables | final deliverables | deliverable | outputs to hand over | artifacts',
    targets:
      'expected improvement | expected improvements | performance improvements | expected performance improvements | improvement targets | performance targets | improvements | improvement | expected performance',
    contact:
      'contact | contacts | on call | on call engineer | owner | owners | escalation | escalate to | support | release manager | deputy | backup | lead | incident commander | responsible | pager | slack channel | channel | team | primary | secondary | hotline | legal | call | communication',
    reference: 'ticket | change request | reference | consultation id | case | change id | jira | change ticket | id',
    daily: 'daily | each day | every day | each morning | every morning | morning checks | day to day',
    evening: 'each evening | every evening | evening | end of day',
    weekly: 'weekly | each week | every week | once a week',
    before:
      'before | prior to | pre flight | preflight | prerequisites | pre launch | pre deployment | preparation | readiness',
    tasks:
      'checklist | checklists | tasks | to do | todo | to dos | action items | steps | quick start | actions | procedure | before | preparation | prerequisites',
    freeze:
      'freeze | freezes | frozen | blackout | embargo | blocked windows | no change windows | freeze windows | quiet period',
    change:
      'change | changes | advance | promotion | stage changes | rollout | rollouts | deploy | deployment | deployments | release | releases | ramp | increase | start | launch | ship | stage | stages | step | windows',
    only: 'only',
    previous:
      'previous stage | last stage | prior stage | stage before | previous step | previous percentage | last good stage',
    task: 'add | adjust | agree | analyze | announce | approve | archive | ask | assign | back up | book | brief | build | call | capture | check | clean | close | collect | communicate | compare | complete | conduct | configure | confirm | contact | copy | create | define | delete | deploy | disable | document | draft | drain | email | enable | ensure | establish | execute | explain | export | file | finalize | fix | flip | follow | generate | get | give | grant | hand | identify | import | increase | inform | initialize | inspect | install | invite | keep | label | launch | list | load | log | look | make | mark | merge | migrate | monitor | name | note | notify | observe | open | page | plan | post | prepare | present | promote | publish | pull | purge | push | put | raise | ramp | read | record | refresh | rehearse | release | remind | remove | repeat | replay | report | request | reset | restart | restore | review | roll | rotate | run | save | scale | schedule | send | set | share | ship | sign | smoke | snapshot | start | stop | store | submit | switch | sync | tag | take | tell | test | toggle | track | train | trigger | turn | update | upgrade | upload | use | validate | verify | wait | walk | warm | watch | write',
    thing:
      'build | call | deploy | email | export | import | launch | load | page | read | request | search | sync | test | upload | write',
    rule: 'must | must not | never | do not | not allowed | forbidden | prohibited | only | unless | mandatory | ask | approval',
    catalogue:
      'postmortem | post mortem | incident report | incident review | retrospective | strategies | types of deployment | deployment strategies | when to use | pros and cons | pros | cons | comparison of | options considered | alternatives | reference manual | api reference | kep | enhancement proposal | roadmap | template | field | default value | synopsis',
    blank: 'tbd | todo | fill in | insert | placeholder | your service',
    filler:
      'vs | versus | against | compared with | compared to | relative to | the | a | an | of | in | on | at | is | are | be | to | and | or | with | by | if | when | our | its | their | that | this | it | we | was | were | as | from | any | all | than | should | will | would | can | has | p | per | consistently | stays | stay | remains | reaches | hits | stands | lies | goes | about | around | roughly | approximately | still | also | both | only | whenever | once | while | current | currently | value | see | sees | have | show | shows | becomes | reach | may | might | holds | seen | served | done | longer | been | do | does | there | least | keep | keeps | holding | happens | occurs | detected | well | but | already | again | just | more | so | when any',
  },
  // biome-ignore format: units stand together
  units: {
    ms: 'ms | msec | millisecond | milliseconds | millis', s: 's | sec | secs | second | seconds',
    m: 'm | min | mins | minute | minutes', h: 'h | hr | hrs | hour | hours', d: 'd | day | days',
    w: 'w | wk | wks | week | weeks', '%': '% | percent | per cent | pct',
    points: 'pp | ppt | percentage points | percentage point | points | basis points | bps', x: 'x | times | fold',
    k: 'k', KiB: 'kb | kib', MiB: 'mb | mib', GiB: 'gb | gib',
  },
  numerals:
    'zero = 0 | one = 1 | two = 2 | three = 3 | four = 4 | five = 5 | six = 6 | seven = 7 | eight = 8 | nine = 9 | ten = 10 | twelve = 12 | fifteen = 15 | twenty = 20 | twenty four = 24 | twenty five = 25 | thirty = 30 | forty = 40 | forty eight = 48 | fifty = 50 | sixty = 60 | seventy two = 72 | ninety = 90 | hundred = 100 | one hundred = 100 | two hundred = 200 | five hundred = 500 | one thousand = 1000 | half an = 0.5 | half = 0.5 | an = 1 | a full = 1 | twice = 2',
  weekdays:
    'monday/mondays/mon tuesday/tuesdays/tue/tues wednesday/wednesdays/wed thursday/thursdays/thu/thurs friday/fridays/fri saturday/saturdays/sat sunday/sundays/sun',
  dayparts:
    'morning/mornings midday/noon/lunchtime afternoon/afternoons evening/evenings night/nights weekend/weekends/week_end/week_ends',
  months:
    'january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept october/oct november/nov december/dec',
};
