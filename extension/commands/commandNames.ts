/** Every command of the manifest. A test holds this list, the manifest and what is registered against each other. */
export const commandNames = [
  'rampwatch.acknowledge',
  'rampwatch.advance',
  'rampwatch.begin',
  'rampwatch.createPlan',
  'rampwatch.dailyReview',
  'rampwatch.filterActivity',
  'rampwatch.goToPlanLine',
  'rampwatch.hold',
  'rampwatch.loadOlderActivity',
  'rampwatch.openDashboard',
  'rampwatch.openDocument',
  'rampwatch.openLogAtLine',
  'rampwatch.openPlan',
  'rampwatch.openReport',
  'rampwatch.resume',
  'rampwatch.rollBack',
  'rampwatch.saveReport',
  'rampwatch.showLog',
  'rampwatch.showStatus',
  'rampwatch.showWhy',
  'rampwatch.startDaemon',
  'rampwatch.stopDaemon',
] as const;

export type CommandName = (typeof commandNames)[number];
