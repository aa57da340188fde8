import { type Refit, refitScorer } from '../models/fit.ts';
import type { LearningRow } from '../models/learning-row.ts';
import type { ScorerFile } from '../models/scorer-file.ts';
import { SIGNAL_SET } from '../signals/index.ts';
import { LabelMemory } from './label-memory.ts';
import type {
  Answer,
  Question,
  RouteFit,
  Standing,
  StandingOf,
  ThreadSettings,
} from './protocol.ts';
import { seededRandom } from './seeded-random.ts';

/** One route's labels. */
interface Learned {
  readonly memory: LabelMemory;
  readonly keep: number;
  /** Its labels from before then no longer count. */
  fromMs: number;
}

/** Keeps the labels of all routes, and fits scorer models to them: what the learning thread does. */
export class LearningDesk {
  readonly #routes: ReadonlyMap<string, Learned>;

  constructor({ keep: kept }: ThreadSettings) {
    this.#routes = new Map(
      [...kept].map(([name, keep]) => [
        name,
        { memory: new LabelMemory(name, keep), keep, fromMs: 0 },
      ]),
    );
  }

  answer(question: Question): Answer {
    switch (question.type) {
      case 'take':
        for (const label of question.labels) this.#routes.get(label.route)?.memory.take(label);
        return { type: 'take' };
      case 'standing':
        return { type: 'standing', standing: this.#standing(question.of) };
      case 'fit':
        return { type: 'fit', refit: this.#fit(question.call) };
    }
  }

  #learned(route: string): Learned {
    const learned = this.#routes.get(route);
    if (!learned) throw new TypeError(`nothing is learned for ${route}`);
    return learned;
  }

  #standing({ route, fromMs, sinceMs }: StandingOf): Standing {
    const learned = this.#learned(route);
    learned.fromMs = fromMs;
    const { endpoint } = learned.memory;
    if (endpoint === undefined) return { endpoint, rows: 0, newRows: 0, sources: new Map() };
    const rows = learned.memory.rows({ endpoint, fromMs, draftCostShare: 0 });
    return {
      endpoint,
      rows: rows.length,
      newRows: rows.filter(({ atMs }) => atMs > sinceMs).length,
      sources: learned.memory.sources({ endpoint, fromMs }),
    };
  }

  #fit(asked: RouteFit): Refit | null {
    const { route, fromMs, target, draftCostShare, greyShare, inForce, testsBefore, nowMs } = asked;
    const learned = this.#learned(route);
    const { endpoint } = learned.memory;
    if (endpoint === undefined) return null;
    const of = { endpoint, fromMs, draftCostShare };
    const own = learned.memory.rows(of);
    const pooled = this.#pooled(learned, of).slice(-Math.max(1, learned.keep - own.length));
    const call = {
      route,
      endpoint,
      rows: [...own, ...pooled].sort((left, right) => left.atMs - right.atMs),
      target,
      draftCostShare,
      greyShare,
      certifyFromMs: fromMs,
      nowMs,
      testsBefore,
      random: seededRandom(`${route} ${own.length}`),
    };
    return refitScorer(call, inForce && isOf(inForce, endpoint) ? inForce : undefined);
  }

  /** What other routes know of the same endpoint, oldest first; where either had an alarm, only what came after it. */
  #pooled(learned: Learned, of: { endpoint: string; fromMs: number; draftCostShare: number }) {
    const rows: LearningRow[] = [];
    for (const other of this.#routes.values()) {
      if (other === learned) continue;
      const fromMs = Math.max(of.fromMs, other.fromMs);
      rows.push(...other.memory.rows({ ...of, fromMs }));
    }
    return rows.sort((left, right) => left.atMs - right.atMs);
  }
}

/** Whether the model can judge such rows at all. */
function isOf(file: ScorerFile, endpoint: string): boolean {
  return file.signalSet === SIGNAL_SET && (file.endpoint === '' || file.endpoint === endpoint);
}
