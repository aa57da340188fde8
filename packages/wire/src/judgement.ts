import type * as wire from '@weir/contracts';
import type { Certificate, Judgement, SignalValues } from '@weir/core';

export function judgementToWire(judgement: Judgement): wire.Judgement {
  const { model, benefit, relativeCost, shadowPrice, certificate, signals } = judgement;
  return {
    model,
    benefit: benefit ?? undefined,
    relativeCost,
    shadowPrice: shadowPrice ?? undefined,
    certificate: certificate ? certificateToWire(certificate) : undefined,
    signals: signalsToWire(signals),
    reasons: [...judgement.reasons],
  };
}

export function judgementFromWire(judgement: wire.Judgement): Judgement {
  const { model, benefit, relativeCost, shadowPrice, certificate, signals } = judgement;
  return {
    model,
    benefit: benefit ?? null,
    relativeCost,
    shadowPrice: shadowPrice ?? null,
    certificate: certificate ? certificateFromWire(certificate) : null,
    signals: signalsFromWire(signals),
    reasons: judgement.reasons,
  };
}

function certificateToWire({ issuedAtMs, ...figures }: Certificate): wire.Certificate {
  return { ...figures, issuedAtMs: BigInt(issuedAtMs) };
}

function certificateFromWire({ issuedAtMs, ...figures }: wire.Certificate): Certificate {
  return { ...figures, issuedAtMs: Number(issuedAtMs) };
}

export function signalsToWire({ set, values }: SignalValues): wire.SignalValues {
  return { set, values: [...values] };
}

/** Where none came, there are none: an empty set. */
export function signalsFromWire(signals: wire.SignalValues | undefined): SignalValues {
  return signals ?? { set: '', values: [] };
}
