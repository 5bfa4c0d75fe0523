import {
  type ArmBlock,
  type ComparisonCapital,
  freshComparison,
  lnComparison,
  stepComparison,
} from './armComparison.ts';
import { type ArrivalSums, batchSize, noArrivals, stepArrivals } from './arrivals.ts';
import {
  besideControl,
  type DeclineCapital,
  type DeclineRates,
  type DeclineTempering,
  declineRates,
  freshDecline,
  isNothing,
  lnDecline,
  type Minute,
  stepDeclines,
} from './declineDetector.ts';
import { type DispersionSums, noDispersion, overdispersion, stepDispersion } from './overdispersion.ts';
import { both, plus, type Stratified, type Stratum, type StratumSlot, stratify } from './strata.ts';

/**
 * The proof that a trigger rolls back on: the treatment is below what the plan calls healthy (`declineDetector.ts`) and, where
 * a control is beside it, worse than the control (`armComparison.ts`). Both are fed with slots of event time, are tempered by
 * the control's overdispersion, and count one slot for little more than one event, so that failures that come together
 * (a batch, a retry, an outage of both arms) are no proof. `docs/decisions.md` shows what it does, and how that was measured.
 */

/** Both arms within one slot of event time. */
export interface Slot {
  /** The slot's start over its length. */
  readonly index: number;
  readonly treatment: Minute;
  readonly control: Minute;
  /** The same records, stratum by stratum, where the plan has strata. */
  readonly strata?: readonly StratumSlot[] | undefined;
}

/** Milliseconds of event time: what fails within it counts as hardly more than one event. */
export const slotLength = 15_000;
/** Over windows of this length the control shows how its failures come: a request is tried again within minutes. */
const windowSlots = 600_000 / slotLength;
const minuteSlots = 60_000 / slotLength;

/** The records of a component of the detector: all since its evidence was last nothing. */
export interface Run {
  /** The first slot. */
  readonly from: number;
  readonly treatment: Minute;
  readonly control: Minute;
}

/** All that is kept of the slots that are closed; its size does not grow. */
export interface ProofState {
  readonly decline: DeclineCapital;
  /** One for each component of `decline`. */
  readonly runs: readonly Run[];
  readonly comparison: ComparisonCapital;
  /** The records of the comparison. */
  readonly compared: Run;
  /** As `decline`, of the control: where it declines too, the treatment has to be the worse for it. */
  readonly common: DeclineCapital;
  /** Records of both arms that no comparison has been made of yet. */
  readonly block: ArmBlock;
  /** Empty where the plan has none. */
  readonly strata: readonly Stratum[];
  /** Events in which the control declined: what both arms have in common from time to time. */
  readonly events: CommonEvents;
  /** Comparisons made since there is enough evidence of a decline: each is one more chance to be wrong. */
  readonly armed: number;
  /** Numbers of both arms, the older the less. */
  readonly recent: { readonly treatment: number; readonly control: number };
  /** The same over so many more that one record of the control among a hundred is seen. */
  readonly paces: { readonly treatment: number; readonly control: number };
  readonly dispersion: DispersionSums;
  /** The control's records, the older the less: what it fails may change over days. */
  readonly lately: Minute;
  readonly arrivals: ArrivalSums;
  /** The control's window that is not over yet. */
  readonly window: Minute & { readonly index: number };
}

/** Times in which the control itself declined, of which each was one more chance to take it for the treatment's own. */
export interface CommonEvents {
  readonly count: number;
  /** One has begun and is not over. */
  readonly lasts: boolean;
}

/** ln of what the evidence must reach. */
export interface ProofThresholds {
  /** The threshold of the decline, where a control is beside it; 0 where only the comparison counts. */
  readonly decline: number;
  /** The threshold of the comparison with that control. */
  readonly comparison: number;
  /** The threshold of both: the sum of their logarithms. */
  readonly together: number;
  /** The threshold of the decline alone, where there is no control. */
  readonly alone: number;
}

/** A comparison is made of at least so many records of each arm; numbers decide, never outcomes. */
const blockSize = 5;
/** So many records of the control within a run make it a control of that run. */
const leastControl = 5;
/** A run in which so many of them were to be expected, and were not there, has none. */
const missedControl = 20;
/** A control with less than this of the newest traffic is none: a run would have to wait for it for ever. */
const leastShare = 0.02;
/** The newest traffic: half of it is the treatment's last so many records. */
const recentRecords = 50;
const pacedRecords = 2000;
/** Few records of a rare control are waited for, unless they show sooner that it does not fail as the treatment does. */
const fewAwaited = 8;
const lnFewTell = Math.log(20);
const tempering = { lnCap: Math.log(8), beyondCap: 0.05 };
const comparisonTempering = { lnCap: Math.log(15), beyondCap: 0.05 };
/** Beyond the largest threshold evidence of a decline grows by no more than this: what is over is soon forgotten. */
const lnReserve = Math.log(100);
/** A decline with so much evidence waits for the comparison, until it has so little that it is over. */
const lnArmed = Math.log(10_000);
const lnDisarmed = Math.log(10);
/** Both arms decline: then their failures show an event, and not how failures come otherwise. */
const lnShared = Math.log(10);
/** An event of the control begins with this evidence, which chance hardly ever brings, and is over with this. */
const lnEvent = Math.log(1000);
const lnOver = Math.log(10);
/** So many times the logarithm of the control's own decline is asked for beyond the threshold. */
const sharedWeight = 2;
/** Half of what the control fails lately is of so many of its records. */
const latelyRecords = 1000;
/** Of the control's share of failures so many records are assumed to be known from the plan. */
const assumedRecords = 200;
/**
 * The thresholds are for a control of so many records. What has had fewer chances to be wrong has to show less, by this
 * power; so that a rollout of few records is not held to what many need.
 */
const chances = { records: 300_000, least: 1000, power: 0.45 };

/** What is known of how records come and fail; it outlives the evidence. */
export interface Learnt {
  readonly dispersion: DispersionSums;
  readonly lately: Minute;
  readonly arrivals: ArrivalSums;
  readonly events: CommonEvents;
}

export const noEvents: CommonEvents = { count: 0, lasts: false };
const none: Minute = { n: 0, failures: 0 };
const nothingLearnt: Learnt = { dispersion: noDispersion, lately: none, arrivals: noArrivals, events: noEvents };

/** Where only the comparison counts: both arms are in an outage when most of the control fails. */
export const outageRates = declineRates(0.2);

export function freshProof({ dispersion, lately, arrivals, events }: Learnt = nothingLearnt): ProofState {
  return {
    decline: freshDecline,
    runs: freshDecline.map(() => ({ from: 0, treatment: none, control: none })),
    comparison: freshComparison,
    compared: { from: 0, treatment: none, control: none },
    common: freshDecline,
    block: { treatment: none, control: none },
    strata: [],
    events,
    armed: 0,
    recent: { treatment: 0, control: 0 },
    paces: { treatment: 0, control: 0 },
    dispersion,
    lately,
    arrivals,
    window: { ...none, index: 0 },
  };
}

/** The state after one more slot, in the order of event time. `tolerated`: times the control's odds, which are no proof yet. */
export function stepProof(
  state: ProofState,
  slot: Slot,
  plannedRates: DeclineRates,
  thresholds: ProofThresholds,
  tolerated = 1,
): ProofState {
  const { treatment, control } = slot;
  const { dispersion, lately, window } = withWindow(state, slot);
  const arrivals = stepArrivals(state.arrivals, Math.floor(slot.index / minuteSlots), treatment.n, control.n);
  const assumed = 1 - plannedRates.healthy;
  const failing = Math.max(shareOfFailures(dispersion, assumed), shareOfFailures(lately, assumed));
  const { strata, closed, rest, parts } = stratified(state, slot, failing);
  const block = both(state.block, rest);
  const compares = isComparable(block) ? [...closed, block] : closed;
  const fades = 0.5 ** (treatment.n / recentRecords);
  let { decline, runs, comparison, common } = state;
  let armed = 0;
  const isQuiet = [slot, block, ...closed].every((each) => each.treatment.failures + each.control.failures === 0);
  if (isQuiet && isNothing(decline) && isNothing(common)) {
    // Most slots are of this kind: successes without a suspicion.
    const run = { from: slot.index, treatment, control };
    runs = runs.map(() => run);
  } else {
    const factor = overdispersion(dispersion, batchSize(arrivals));
    const rated = parts.map((part) => ({ part, rates: besideControl(plannedRates, part.failing ?? failing) }));
    const most = Math.max(thresholds.decline, thresholds.alone) + lnReserve;
    const tempers = temperedBy(tempering, factor);
    runs = runs.map((run, component) => longer(run, (state.decline[component] ?? 0) <= 0, slot));
    const step = (capital: DeclineCapital, arm: 'treatment' | 'control') => {
      const minutes = rated.map(({ part, rates }) => ({ minute: part[arm], rates }));
      return atMost(stepDeclines(capital, minutes, tempers), most);
    };
    if (treatment.n > 0) decline = step(decline, 'treatment');
    if (control.n > 0) common = step(common, 'control');
    if (compares.length > 0)
      comparison = stepComparison(comparison, compares, { tolerated, ...temperedBy(comparisonTempering, factor) });
    const ln = lnDecline(decline);
    const isArmed = ln >= lnArmed || (state.armed > 0 && ln >= lnDisarmed);
    if (isArmed) armed = state.armed + (compares.length > 0 ? 1 : 0);
  }
  return {
    decline,
    runs,
    comparison,
    compared: longer(state.compared, isNothing(state.comparison), slot),
    common,
    block: isComparable(block) ? { treatment: none, control: none } : block,
    strata,
    events: stepEvents(state.events, lnDecline(common)),
    armed,
    recent: faded(state.recent, slot, fades),
    paces: faded(state.paces, slot, 0.5 ** (treatment.n / pacedRecords)),
    dispersion,
    lately,
    arrivals,
    window,
  };
}

function faded(
  numbers: ProofState['recent'],
  { treatment, control }: Slot,
  fades: number,
): { readonly treatment: number; readonly control: number } {
  return { treatment: fades * numbers.treatment + treatment.n, control: fades * numbers.control + control.n };
}

/** A plan without strata has one, of all records. */
function stratified({ strata, recent }: ProofState, slot: Slot, failing: number): Stratified {
  if (slot.strata === undefined) return { strata, closed: [], rest: slot, parts: [{ ...slot, failing }] };
  const perControl = recent.control === 0 ? 0 : recent.treatment / recent.control;
  return stratify(strata, slot.strata, perControl, failing, isComparable);
}

function isComparable({ treatment, control }: ArmBlock): boolean {
  return treatment.n >= blockSize && control.n >= blockSize;
}

function stepEvents(events: CommonEvents, lnControl: number): CommonEvents {
  const { count, lasts } = events;
  if (lasts) return lnControl < lnOver ? { count, lasts: false } : events;
  return lnControl < lnEvent ? events : { count: count + 1, lasts: true };
}

function atMost(capital: DeclineCapital, most: number): DeclineCapital {
  return capital.some((ln) => ln > most) ? capital.map((ln) => Math.min(ln, most)) : capital;
}

/** What fails together is longer than a slot, so that the cap of a slot is tempered, too. */
function temperedBy(most: { readonly lnCap: number; readonly beyondCap: number }, factor: number): DeclineTempering {
  return { lnCap: most.lnCap / Math.sqrt(factor), beyondCap: most.beyondCap, overdispersion: factor };
}

/** The control's, with some records of which the share `assumed` fails. */
function shareOfFailures({ n, failures }: Minute, assumed: number): number {
  return (failures + assumedRecords * assumed) / (n + assumedRecords);
}

/** The records of a proof; `control` is `null` where none was beside it. */
export interface Proof {
  readonly run: Run;
  readonly control: Minute | null;
}

/** `null` as long as it is not proven. */
function proofOf(state: ProofState, thresholds: ProofThresholds): Proof | null {
  if (lnDecline(state.decline) < Math.min(thresholds.decline + lnChances(state), thresholds.alone)) return null;
  return closenessOfProof(state, thresholds) >= 1 ? restsOn(state, thresholds) : null;
}

/**
 * Evidence against "healthy" is none that the plan's limit is crossed: at 82 % a treatment is worse than its control, and not
 * below 80 %. The treatment's records of a proof must be on the wrong side of the limit, too (`isBeyond`).
 */
export function crossingProof(
  state: ProofState,
  thresholds: ProofThresholds,
  isBeyond: (treatment: Minute) => boolean,
): Proof | null {
  const proof = proofOf(state, thresholds);
  return proof !== null && isBeyond(proof.run.treatment) ? proof : null;
}

/** How much of the evidence is there, of its logarithms: 0 for nothing, 1 for a proof. */
export function closenessOfProof(state: ProofState, thresholds: ProofThresholds): number {
  const decline = lnDecline(state.decline);
  const { run, control } = restsOn(state, thresholds);
  if (control === null) return Math.min(isTakenForAll(state, run) ? short : 1, decline / thresholds.alone);
  const comparison = lnComparison(state.comparison);
  // In an outage of both arms, in a decline that lasts and after many common events, chance has more to choose from.
  const more = sharedWeight * lnDecline(state.common) + Math.log(1 + state.armed) + Math.log(1 + state.events.count);
  const less = thresholds.decline <= 0 ? 0 : lnChances(state);
  return Math.min(
    1,
    thresholds.decline <= 0 ? 1 : decline / (thresholds.decline + less),
    comparison / (thresholds.comparison + more),
    (decline + comparison) / (thresholds.together + less + more),
  );
}

/** Of a proof that lacks one thing. */
const short = 0.99;

/**
 * A control too rare to compare with block by block, as a holdout of 1 %, may still tell an outage of everything: its records of the
 * run are a likelihood ratio of "as it always fails" against "as the treatment does", which in such an outage reaches 20 at most once
 * in 20 times (Ville). When so many should have come that no more are waited for, they need only not be on the treatment's side.
 */
function isTakenForAll({ paces, dispersion }: ProofState, { treatment, control }: Run): boolean {
  // Stragglers are no control.
  if (paces.control < leastControl || treatment.n === 0) return false;
  const failing = Math.min(0.98, treatment.failures / treatment.n);
  const usual = Math.min(failing, shareOfFailures(dispersion, assumedOfRare));
  if (usual <= 0) return false;
  const passed = control.n - control.failures;
  const ln = passed * Math.log((1 - usual) / (1 - failing)) + control.failures * Math.log(usual / failing);
  const awaited = (treatment.n * paces.control) / paces.treatment;
  return awaited < fewAwaited ? ln < lnFewTell : ln < 0;
}

/** The share of failures that a control has which hardly anything is known of. */
const assumedOfRare = 0.01;

/** At most 0: where the control is of few records, so many less are the chances; of what comes together, hardly less. */
function lnChances({ dispersion, arrivals }: ProofState): number {
  const less = chances.power * Math.log((dispersion.n + chances.least) / chances.records);
  return less >= 0 ? 0 : less / overdispersion(dispersion, batchSize(arrivals));
}

/** The run of the component with the most evidence, or of the comparison where only that counts. */
export function restsOn({ decline, runs, recent, compared }: ProofState, thresholds: ProofThresholds): Proof {
  if (thresholds.decline <= 0) return { run: compared, control: compared.control };
  const run = runs[decline.indexOf(Math.max(...decline))] ?? { from: 0, treatment: none, control: none };
  const perRecord = recent.treatment === 0 ? 0 : recent.control / recent.treatment;
  const isComing = perRecord >= leastShare && run.treatment.n * perRecord < missedControl;
  // A control that has ended, as at 100 %, compares nothing any more, however many records the run still has of it.
  const isBeside = run.control.n >= leastControl && perRecord >= leastShare;
  return { run, control: isBeside || isComing ? run.control : null };
}

function longer(run: Run, begins: boolean, { index, treatment, control }: Slot): Run {
  if (begins) return { from: index, treatment, control };
  return { from: run.from, treatment: plus(run.treatment, treatment), control: plus(run.control, control) };
}

function withWindow(
  { window, dispersion, lately, decline, common }: ProofState,
  { index: slot, control }: Slot,
): Pick<ProofState, 'window' | 'dispersion' | 'lately'> {
  const index = Math.floor(slot / windowSlots);
  if (index === window.index) return { dispersion, lately, window: { ...plus(window, control), index } };
  const next = { ...control, index };
  const isShared = lnDecline(decline) > lnShared && lnDecline(common) > lnShared;
  if (window.n === 0 || isShared) return { dispersion, lately, window: next };
  const fades = 0.5 ** (window.n / latelyRecords);
  return {
    dispersion: stepDispersion(dispersion, window),
    lately: { n: fades * lately.n + window.n, failures: fades * lately.failures + window.failures },
    window: next,
  };
}
