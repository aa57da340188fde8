import { z } from 'zod';
import { nameOf } from '../find-model.ts';
import { BookError, type BookProblem, checked, problemsIn } from '../parse-book.ts';
import { feesUsd, modelSchema } from '../schema.ts';

/** `provider/model`. */
const key = z.string().regex(/^[a-z][a-z0-9-]*\/.+$/, 'must be provider/model');

/** What vendors say about the end of their models; of models that catalogs have as well as of those they forgot. */
const retirement = z
  .strictObject({
    models: z.array(key).min(1),
    deprecatedOn: z.iso.date().optional(),
    retiresOn: z.iso.date().optional(),
    successor: key.optional(),
    source: z.url({ protocol: /^https?$/ }),
    checkedOn: z.iso.date(),
  })
  .refine(({ deprecatedOn, retiresOn }) => deprecatedOn !== undefined || retiresOn !== undefined, {
    message: 'needs "deprecatedOn" or "retiresOn"',
  });

const overlaySchema = z.strictObject({
  version: z.literal(1),
  /** Models whose price may only change on purpose: each is among `models`, and changes for a reason that is told. */
  pinned: z.array(key),
  /** Models whose price of zero is meant. */
  free: z.array(key),
  changes: z.array(z.strictObject({ model: key, from: z.iso.date(), why: z.string().min(1) })),
  /** What a provider charges by the piece, whichever the model. */
  feesUsd: z.record(z.string(), feesUsd),
  models: z.array(modelSchema),
  retirements: z.array(retirement).default([]),
});

/** What is kept by hand, and wins over every catalog. */
export type Overlay = z.output<typeof overlaySchema>;
export type OverlayRetirement = Overlay['retirements'][number];

export function parseOverlay(json: unknown): Overlay {
  const overlay = checked('The overlay', overlaySchema, json);
  const names = new Set(overlay.models.map(nameOf));
  const strays = (field: 'pinned' | 'changes', list: readonly string[]): BookProblem[] =>
    list.flatMap((name, index) =>
      names.has(name)
        ? []
        : [{ path: `${field}[${index}]`, message: `"${name}" is not among the models here` }],
    );
  const problems = [
    ...problemsIn(overlay.models),
    ...strays('pinned', overlay.pinned),
    ...strays(
      'changes',
      overlay.changes.map(({ model }) => model),
    ),
  ];
  problems.push(...retirementProblems(overlay));
  if (problems.length > 0) throw new BookError('The overlay', problems);
  return overlay;
}

/** A model has one end, told in one place. */
function retirementProblems({ models, retirements }: Overlay): BookProblem[] {
  const told = new Set(models.filter(({ retiresOn }) => retiresOn !== undefined).map(nameOf));
  return retirements.flatMap((retirement, index) =>
    retirement.models.flatMap((name) => {
      const isTwice = told.has(name);
      told.add(name);
      if (!isTwice) return [];
      return [{ path: `retirements[${index}]`, message: `the end of "${name}" is told twice` }];
    }),
  );
}
