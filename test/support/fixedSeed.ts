import fc from 'fast-check';

// The same commit gives the same result, here and on every machine. RAMPWATCH_SEED=random tries other seeds, and
// RAMPWATCH_SEED=N repeats a finding.
const wanted = process.env.RAMPWATCH_SEED ?? '20251029';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
