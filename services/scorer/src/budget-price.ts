/** How far one request that costs the whole bill too much moves the price. */
const STEP = 0.002;
const LIMIT = 1;

/**
 * The shadow price that keeps a route at its share of the frontier's bill, by dual ascent: after each request
 * `price += step (cost - share)`, kept within what benefits can be. Dear requests raise the price, and less is escalated.
 */
export class BudgetPrice {
  readonly #share: number;
  #price: number;

  constructor(share: number, start: number) {
    this.#share = share;
    this.#price = Math.min(LIMIT, Math.max(-LIMIT, start));
  }

  get price(): number {
    return this.#price;
  }

  /** `cost`: of one request with everything made for it, over what the frontier alone costs on average. */
  spent(cost: number): void {
    if (!Number.isFinite(cost)) return;
    const next = this.#price + STEP * (cost - this.#share);
    this.#price = Math.min(LIMIT, Math.max(-LIMIT, next));
  }

  /** More for a request that has been counted. */
  alsoSpent(cost: number): void {
    this.#price = Math.min(LIMIT, Math.max(-LIMIT, this.#price + STEP * cost));
  }
}
