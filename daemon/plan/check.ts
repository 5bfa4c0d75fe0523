import type { Plan } from '../protocol/domain/plan.ts';
import { checkBounds } from './checks/checkBounds.ts';
import { checkDates, checkFreezeWindows, checkZones } from './checks/checkDates.ts';
import { checkEvidence } from './checks/checkEvidence.ts';
import { checkMatchers } from './checks/checkMatchers.ts';
import { checkArms, checkGauges, checkLinePatterns, checkLineSources, checkShareNot } from './checks/checkMeasures.ts';
import { checkRetention } from './checks/checkRetention.ts';
import { checkCounts, checkJoins, checkSourceArms, checkSourceShapes, checkUnits } from './checks/checkShapes.ts';
import {
  checkDays,
  checkIds,
  checkLadder,
  checkRollback,
  checkRules,
  checkSequential,
  checkTargets,
  checkTriggerStages,
} from './checks/checkStages.ts';
import {
  checkBaseline,
  checkBaselineFigures,
  checkConditionMeasures,
  checkConditionUnits,
} from './checks/conditions.ts';
import { checkFlagChanges, checkFlagParts, checkFlagValues, checkLease, checkProof } from './checks/flag.ts';
import { checkMessages } from './checks/messages.ts';
import { checkPaths } from './checks/paths.ts';
import type { Report } from './checks/reportProblem.ts';
import { keyPlace, place } from './explain.ts';
import type { PlanDocument } from './planDocument.ts';
import { type PlanProblem, pathText } from './problem.ts';

/** The checks across parts of a plan, and those that a shape cannot make. Each finding makes the plan unusable. */
const checks: readonly ((plan: Plan, report: Report) => void)[] = [
  checkBounds,
  checkZones,
  checkDates,
  checkFreezeWindows,
  checkPaths,
  checkArms,
  checkMatchers,
  checkSourceShapes,
  checkSourceArms,
  checkUnits,
  checkCounts,
  checkJoins,
  checkShareNot,
  checkGauges,
  checkLinePatterns,
  checkLineSources,
  checkConditionMeasures,
  checkConditionUnits,
  checkBaseline,
  checkBaselineFigures,
  checkIds,
  checkLadder,
  checkDays,
  checkRollback,
  checkRules,
  checkTriggerStages,
  checkSequential,
  checkTargets,
  checkEvidence,
  checkFlagValues,
  checkFlagChanges,
  checkFlagParts,
  checkLease,
  checkProof,
  checkMessages,
  checkRetention,
];

export function crossChecks(plan: Plan, document: PlanDocument): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report: Report = {
    value: (path, message, { offset, instead } = {}) => {
      problems.push({ ...place(document, path, offset), path: pathText(path), message, instead });
    },
    key: (path, message, instead) => {
      problems.push({ ...keyPlace(document, path), path: pathText(path), message, instead });
    },
  };
  for (const check of checks) check(plan, report);
  return problems;
}
