import { namesOf } from '../find-model.ts';
import type { BookModel } from '../schema.ts';
import type { OverlayRetirement } from './overlay.ts';

/**
 * Models that nobody sells any more and somebody's configuration may still name: without prices, only to tell since when
 * they are gone. By hand alone: a catalog writes "not sooner than" down as if it were the day, and calling a model gone
 * that is not takes it from everybody who uses it.
 */
export function goneModels(
  retirements: readonly OverlayRetirement[],
  models: readonly BookModel[],
): BookModel[] {
  const known = new Set(models.flatMap(namesOf));
  return retirements.flatMap(({ models: names, retiresOn }) => {
    if (retiresOn === undefined) return [];
    const gone = names.filter((name) => !known.has(name));
    return gone.map((name) => {
      const slash = name.indexOf('/');
      const provider = name.slice(0, slash);
      return { provider, model: name.slice(slash + 1), retiresOn, prices: [] };
    });
  });
}

/** What is told by hand about the end of models, on each of them. */
export function withRetirements(
  models: readonly BookModel[],
  retirements: readonly OverlayRetirement[],
): BookModel[] {
  const byName = new Map(retirements.flatMap((told) => told.models.map((name) => [name, told])));
  return models.map((model) => {
    const told = namesOf(model)
      .map((name) => byName.get(name))
      .find((found) => found !== undefined);
    if (!told) return model;
    const { deprecatedOn, retiresOn, successor } = told;
    return {
      ...model,
      ...(deprecatedOn && { deprecatedOn }),
      ...(retiresOn && { retiresOn }),
      ...(successor && { successor }),
    };
  });
}
