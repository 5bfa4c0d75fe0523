import { scannerBinary } from './scannerBinary.ts';

let compiled: WebAssembly.Module | null | undefined;

/**
 * The scanner of `assembly/recordScanner.ts`; `null` where this Node has no WebAssembly or its processor no SIMD, or
 * `RAMPWATCH_SCANNER=javascript` says so. Whoever has none reads with JavaScript alone, and the same.
 */
export function scannerModule(): WebAssembly.Module | null {
  if (compiled === undefined) compiled = process.env.RAMPWATCH_SCANNER === 'javascript' ? null : compiledModule();
  return compiled;
}

function compiledModule(): WebAssembly.Module | null {
  // `node --jitless` has none.
  if (typeof WebAssembly === 'undefined') return null;
  const binary = Buffer.from(scannerBinary, 'base64');
  return WebAssembly.validate(binary) ? new WebAssembly.Module(binary) : null;
}
