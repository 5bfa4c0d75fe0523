/** An integer that a float64 has rounded; what is not finite at all costs only its field. */
export function isInexact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}
