/** Seeded numbers: the same seed gives the same traffic on every machine (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9;
    for (let warm = 0; warm < 15; warm += 1) this.uniform();
  }

  /** In [0, 1). */
  uniform(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** By inversion; for means of some hundred at most. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    const limit = Math.exp(-mean);
    let product = this.uniform();
    let count = 0;
    while (product > limit) {
      product *= this.uniform();
      count += 1;
    }
    return count;
  }

  /** At least 1, with this mean. */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.uniform()) / Math.log(1 - 1 / mean));
  }

  /** From one failure to the next: cheap where failures are rare. */
  binomial(n: number, share: number): number {
    if (share <= 0 || n === 0) return 0;
    if (share >= 1) return n;
    if (share > 0.5) return n - this.binomial(n, 1 - share);
    const perFailure = Math.log(1 - share);
    let count = 0;
    let at = Math.floor(Math.log(1 - this.uniform()) / perFailure);
    while (at < n) {
      count += 1;
      at += 1 + Math.floor(Math.log(1 - this.uniform()) / perFailure);
    }
    return count;
  }
}
