import * as wire from '@weir/contracts';
import type { CacheTtl, PromptCache, Reasoning, ReasoningEffort, ServiceTier } from '@weir/core';
import { OptionalWords } from './words.ts';

/** The parts of a chat request that say how it is to be answered rather than what. */

export const cacheTtls = new OptionalWords<CacheTtl>({
  '5m': wire.CacheTtl.FIVE_MINUTES,
  '1h': wire.CacheTtl.ONE_HOUR,
});

const retentions = new OptionalWords<NonNullable<PromptCache['retention']>>({
  in_memory: wire.PromptCache_Retention.IN_MEMORY,
  '24h': wire.PromptCache_Retention.ONE_DAY,
});

const efforts = new OptionalWords<ReasoningEffort>({
  none: wire.Reasoning_Effort.NONE,
  minimal: wire.Reasoning_Effort.MINIMAL,
  low: wire.Reasoning_Effort.LOW,
  medium: wire.Reasoning_Effort.MEDIUM,
  high: wire.Reasoning_Effort.HIGH,
  xhigh: wire.Reasoning_Effort.XHIGH,
  max: wire.Reasoning_Effort.MAX,
});

export const serviceTiers = new OptionalWords<ServiceTier>({
  auto: wire.ServiceTier.AUTO,
  default: wire.ServiceTier.DEFAULT,
  flex: wire.ServiceTier.FLEX,
  priority: wire.ServiceTier.PRIORITY,
  scale: wire.ServiceTier.SCALE,
});

export function reasoningToWire(reasoning: Reasoning | undefined): wire.Reasoning | undefined {
  if (!reasoning) return undefined;
  return { effort: efforts.toWire(reasoning.effort), maxTokens: reasoning.maxTokens };
}

export function reasoningFromWire(reasoning: wire.Reasoning | undefined): Reasoning | undefined {
  if (!reasoning) return undefined;
  return { effort: efforts.fromWire(reasoning.effort), maxTokens: reasoning.maxTokens };
}

export function cacheToWire(cache: PromptCache | undefined): wire.PromptCache | undefined {
  if (!cache) return undefined;
  const retention = retentions.toWire<wire.PromptCache_Retention>(cache.retention);
  return { key: cache.key, retention, ttl: cacheTtls.toWire(cache.ttl) };
}

export function cacheFromWire(cache: wire.PromptCache | undefined): PromptCache | undefined {
  if (!cache) return undefined;
  const retention = retentions.fromWire(cache.retention);
  return { key: cache.key, retention, ttl: cacheTtls.fromWire(cache.ttl) };
}
