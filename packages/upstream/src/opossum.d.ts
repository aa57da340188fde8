/** What Weir uses of opossum 10; the published types describe version 8. */
declare module 'opossum' {
  export interface Options {
    readonly timeout?: number | false;
    readonly errorThresholdPercentage?: number;
    readonly volumeThreshold?: number;
    readonly rollingCountTimeout?: number;
    readonly rollingCountBuckets?: number;
    readonly resetTimeout?: number;
  }

  export default class CircuitBreaker<Arguments extends unknown[]> {
    constructor(action: (...args: Arguments) => Promise<void>, options: Options);
    readonly opened: boolean;
    readonly halfOpen: boolean;
    readonly closed: boolean;
    fire(...args: Arguments): Promise<void>;
    shutdown(): void;
    on(event: 'open' | 'halfOpen' | 'close', listener: () => void): this;
  }
}
