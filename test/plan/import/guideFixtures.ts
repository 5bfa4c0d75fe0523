import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GuideFile } from '../../../daemon/plan/import/readGuide.ts';

export const fixtures = resolve(import.meta.dirname, '../../fixtures/guides');

export function fixtureGuide(name: string): GuideFile {
  return { name, bytes: readFileSync(resolve(fixtures, name)) };
}

export function guideOf(text: string, name = 'GUIDE.md'): GuideFile {
  return { name, bytes: new TextEncoder().encode(text) };
}

export const master = 'MASTER_EXECUTION_GUIDE.md';
export const mojibake = 'MASTER_EXECUTION_GUIDE.mojibake.md';
export const weekOne = 'WEEK1_DETAILED_EXECUTION_PLAN.md';
export const fixtureNames = [
  'checkout-runbook.md',
  'search-canary.md',
  'ledger-matrix.md',
  'metric-levels.md',
  'rough-edges.md',
  'week-two-of-another-team.md',
  'checkout-v3.md',
  'sparse.md',
  'monolith.md',
  'sre-runbook.md',
  'rfc.md',
  'notion-export.md',
  'confluence.md',
  'github-issue.md',
  'argo-style.md',
  'ml-model.md',
  'db-migration.md',
  'mobile-phased.md',
  'config-flag.md',
  'bullets.md',
  'signals-with-actions.md',
  'shifts.md',
  'ios-phased.md',
  'session-store-waves.md',
  'prose.md',
  'ranker-rfc.md',
  'tracking-issue.md',
  'onboarding-toggles.md',
  'edge-proxy-ramp.md',
  'launch-cohorts.md',
  'read-waves.md',
  'shadow-to-full.md',
  'android-halt.md',
  'acquirer-switch.md',
  'canary-weights.md',
  'guarded-flag.md',
  'wiki-exit-table.md',
  'german-english.md',
  'terse-notes.md',
  'long-prose.md',
  'quota-phases.md',
  'fleet-rings.md',
  'speech-waves.md',
  'mail-slices.md',
  'ad-ranking-gates.md',
  'telefonie.md',
  'replica-weight.md',
  'gateway-canary.md',
  'bold-paragraphs.md',
  'boxes-in-a-paragraph.md',
  'ledger-sprints.md',
  'postbox-waves.md',
  'tax-negations.md',
  'relevance-phases.md',
  'edge-cache-slis.md',
] as const;
