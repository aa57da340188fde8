import { isRetired, isRetiring, RETIREMENT_NOTICE_MS, type Retirement } from '@weir/core';
import { headerText } from './http/telling-headers.ts';

/**
 * What a caller of a model is told of its end: `Deprecation` (RFC 9745) from the day its vendor announced it, `Sunset`
 * (RFC 8594) for its last 30 days, and what takes its place.
 */
export function retirementHeaders(
  retirement: Retirement | undefined,
  nowMs: number,
): Record<string, string> {
  if (!retirement) return {};
  const { retiresAtMs, successor } = retirement;
  const isNear = isRetiring(retirement, nowMs) || isRetired(retirement, nowMs);
  const deprecatedAtMs = retirement.deprecatedAtMs ?? startOfNotice(retirement);
  const isDeprecated = deprecatedAtMs !== undefined && nowMs >= deprecatedAtMs;
  if (!isNear && !isDeprecated) return {};
  return {
    ...(isDeprecated && { deprecation: `@${deprecatedAtMs / 1000}` }),
    ...(isNear && retiresAtMs !== undefined && { sunset: new Date(retiresAtMs).toUTCString() }),
    ...(successor !== undefined && { 'x-weir-successor': headerText(successor) }),
  };
}

/** Where nobody announced it, it is announced by these headers. */
function startOfNotice({ retiresAtMs }: Retirement): number | undefined {
  return retiresAtMs === undefined ? undefined : retiresAtMs - RETIREMENT_NOTICE_MS;
}
