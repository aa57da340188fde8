import type { DraftLabelled, LabelSource } from '@weir/core';
import type { LearningRow } from '../models/learning-row.ts';
import { SIGNAL_SET } from '../signals/index.ts';

/** From the strongest word to the weakest. */
export const LABEL_SOURCES: readonly LabelSource[] = [
  'owner',
  'shadow',
  'escalation',
  'judge',
  'feedback',
];

/** How much what a user thought of an answer counts beside what was found out about it. */
const FEEDBACK_WEIGHT = 0.3;
/** All feedback together counts at most for this part of all that was found out: it is biased, however much there is. */
const FEEDBACK_SHARE = 0.2;

/** An endpoint is given up when none of so many labels in a row was of it: two that take turns do not void each other. */
const ENDPOINT_LABELS = 20;
/** Of scorer models; only to tell which endpoint a user's opinion was about. */
const VERSIONS_KNOWN = 100;

/** The labels of one request by their source; of a source that spoke more than once, the newest. */
type Word = ReadonlyMap<LabelSource, DraftLabelled>;

/** Which rows are asked for. */
export interface RowsOf {
  readonly endpoint: string;
  /** Rows first labelled before then are left out; Unix time. */
  readonly fromMs: number;
  /** What a draft costs of a frontier call. */
  readonly draftCostShare: number;
}

/**
 * The labels of one route, as far as they are kept, and the rows that they come to: one for each request, with the word of
 * the strongest source. The newest requests are kept, and as the uniform sample is what certificates rest on, and rare, it
 * does not give way to other labels while it has less than half of the place.
 */
export class LabelMemory {
  readonly #route: string;
  readonly #keep: number;
  /** By request, in the order of their first labels. */
  readonly #sampled = new Map<string, Word>();
  readonly #others = new Map<string, Word>();
  readonly #recent: string[] = [];
  readonly #endpoints = new Map<string, string>();
  #endpoint: string | undefined;

  constructor(route: string, keep: number) {
    this.#route = route;
    this.#keep = keep;
  }

  /** Of the drafts of late; undefined before the first label. */
  get endpoint(): string | undefined {
    return this.#endpoint;
  }

  /** Takes in a label, once however often it comes. */
  take(label: DraftLabelled): void {
    const { requestId, source } = label;
    const word = this.#sampled.get(requestId) ?? this.#others.get(requestId);
    const said = word?.get(source);
    if (said && (said.labelId === label.labelId || said.labelledAtMs > label.labelledAtMs)) return;
    if (source !== 'feedback') this.#notice(label);
    const now = new Map(word).set(source, label);
    if (label.sampled || this.#sampled.has(requestId)) {
      this.#others.delete(requestId);
      this.#sampled.set(requestId, now);
    } else this.#others.set(requestId, now);
    this.#forget();
  }

  /** Oldest first. */
  rows(of: RowsOf): LearningRow[] {
    const rows: LearningRow[] = [];
    for (const words of [this.#sampled, this.#others]) {
      for (const word of words.values()) {
        const row = this.#rowOf(word, of);
        if (row) rows.push(row);
      }
    }
    return weighted(rows).sort((left, right) => left.atMs - right.atMs);
  }

  /** How many requests each source has the word on. */
  sources(of: Omit<RowsOf, 'draftCostShare'>): Map<LabelSource, number> {
    const counts = new Map<LabelSource, number>();
    for (const words of [this.#sampled, this.#others]) {
      for (const word of words.values()) {
        if (!this.#rowOf(word, { ...of, draftCostShare: 0 })) continue;
        const source = LABEL_SOURCES.find((strong) => isShare(word.get(strong)?.draftRight));
        if (source) counts.set(source, (counts.get(source) ?? 0) + 1);
      }
    }
    return counts;
  }

  #notice({ example: { endpoint }, decision, model }: DraftLabelled): void {
    this.#recent.push(endpoint);
    if (this.#recent.length > ENDPOINT_LABELS) this.#recent.shift();
    const isGone = this.#recent.length === ENDPOINT_LABELS && !this.#isRecent();
    if (this.#endpoint === undefined || isGone) this.#endpoint = endpoint;
    // A model accepts drafts of its own endpoint only.
    if (decision !== 'accept' || model === '') return;
    this.#endpoints.set(model, endpoint);
    if (this.#endpoints.size > VERSIONS_KNOWN) deleteFirst(this.#endpoints);
  }

  #isRecent(): boolean {
    return this.#endpoint !== undefined && this.#recent.includes(this.#endpoint);
  }

  #forget(): void {
    if (this.#sampled.size + this.#others.size <= this.#keep) return;
    deleteFirst(this.#sampled.size > this.#others.size ? this.#sampled : this.#others);
  }

  #rowOf(word: Word, { endpoint, fromMs, draftCostShare }: RowsOf): LearningRow | null {
    const labels = LABEL_SOURCES.flatMap((source) => word.get(source) ?? []);
    const judged = labels.find(({ draftRight }) => isShare(draftRight));
    // Whoever was there when the draft was judged knows more of it than a user's opinion does.
    const drawn = labels.find(({ source }) => source === 'shadow' || source === 'escalation');
    const { example } = drawn ?? judged ?? {};
    if (!judged || !example || judged.draftRight === null) return null;
    const atMs = Math.min(...labels.map(({ labelledAtMs }) => labelledAtMs));
    const isOther = this.#endpointOf(drawn ?? judged) !== endpoint;
    if (isOther || example.signals.set !== SIGNAL_SET || !(atMs >= fromMs)) return null;
    const { relativeCost } = example;
    const isKnown = relativeCost !== null && relativeCost > 0;
    return {
      group: this.#route,
      signals: example.signals.values,
      ngrams: example.ngrams,
      draftRight: judged.draftRight,
      frontierRight: labels.find((label) => isShare(label.frontierRight))?.frontierRight ?? null,
      weight: judged.source === 'feedback' ? FEEDBACK_WEIGHT : 1,
      propensity: propensityOf(drawn ?? judged),
      draftCost: isKnown ? draftCostShare : null,
      frontierCost: isKnown ? relativeCost : null,
      atMs,
      sampled: drawn?.sampled ?? false,
    };
  }

  /** What users think of an answer does not say who drafted it, but which model accepted it. */
  #endpointOf({ source, model, example }: DraftLabelled): string | undefined {
    return source === 'feedback' ? this.#endpoints.get(model) : example.endpoint;
  }
}

/** Feedback is cut down where there is more of it than of anything else. */
function weighted(rows: LearningRow[]): LearningRow[] {
  const weak = rows.filter(({ weight }) => weight < 1).length;
  const weight = Math.min(FEEDBACK_WEIGHT, (FEEDBACK_SHARE * (rows.length - weak)) / weak);
  if (weak === 0 || weight === FEEDBACK_WEIGHT) return rows;
  if (weight === 0) return [];
  return rows.map((row) => (row.weight < 1 ? { ...row, weight } : row));
}

function propensityOf({ propensity }: DraftLabelled): number {
  return propensity > 0 && propensity <= 1 ? propensity : 1;
}

function isShare(value: number | null | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
