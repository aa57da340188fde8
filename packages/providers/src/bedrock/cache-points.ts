import type { CacheTtl, PromptCache, Tool } from '@weir/core';
import type { Traits } from './models.ts';

type Block = Readonly<Record<string, unknown>>;

/** Cache marks as Converse has them: blocks of their own, behind what they end. */
export interface CachePoints {
  /** After a part of a message or of the instructions. */
  after(ttl: CacheTtl | undefined): readonly Block[];
  afterTool(tool: Tool): readonly Block[];
  /** After the last of all blocks, where the caller leaves the place to the provider. */
  atEnd(cache: PromptCache | undefined, last: Block | undefined): readonly Block[];
}

const NOTHING: readonly Block[] = [];

/** A mark that this model does not take, or not for so long, is named in `dropped`. */
export function cachePoints(traits: Traits, dropped: Set<string>): CachePoints {
  const after = (ttl: CacheTtl | undefined): readonly Block[] => {
    if (ttl === undefined) return NOTHING;
    if (traits.caches === 'nowhere') {
      dropped.add('cache_control');
      return NOTHING;
    }
    const cutShort = ttl === '1h' && !traits.cachesForAnHour;
    if (cutShort) dropped.add('cache_control');
    // Five minutes are what every model gives, and some know no other word for them than none.
    return [{ cachePoint: { type: 'default', ...(ttl === '1h' && !cutShort && { ttl }) } }];
  };
  return {
    after,
    afterTool({ cache }) {
      if (cache === undefined || traits.caches !== 'outside-tools') return after(cache);
      dropped.add('cache_control');
      return NOTHING;
    },
    atEnd: (cache, last) => (last && !('cachePoint' in last) ? after(cache?.ttl) : NOTHING),
  };
}
