import type { IsotonicCalibration } from './calibration.ts';
import type { WeightedLabel } from './labelled-rows.ts';

interface Block {
  /** Sums over the block's rows. */
  weight: number;
  z: number;
  label: number;
}

/**
 * Centred isotonic regression: pool adjacent violators (Ayer et al. 1955), then a line through the blocks' centres
 * (Oron and Flournoy, "Centered isotonic regression", 2017). The line keeps the head's order where plain steps would
 * tie it, and a threshold can then be put anywhere.
 *
 * Half a made-up row of each sort at both ends (Jeffreys' prior for the end blocks) keeps 0 and 1 out: no finite number
 * of labels shows a certainty. Each end rises on from its block's centre to its last row by half a row more, which is
 * next to nothing, but keeps the order there too.
 */
export function fitIsotonic(rows: readonly WeightedLabel[]): IsotonicCalibration {
  const sorted = rows.toSorted((left, right) => left.z - right.z);
  const lowest = sorted.at(0)?.z ?? 0;
  const highest = sorted.at(-1)?.z ?? 0;
  const blocks: Block[] = [];
  for (const tied of tiedBlocks([
    { z: lowest, label: 0.5, weight: 1 },
    ...sorted,
    { z: highest, label: 0.5, weight: 1 },
  ])) {
    pool(blocks, tied);
  }
  const line = { kind: 'isotonic' as const, z: [], p: [] };
  const first = blocks.at(0);
  const last = blocks.at(-1);
  if (first && lowest < first.z / first.weight) {
    addPoint(line, lowest, first.label / (first.weight + 0.5));
  }
  for (const { weight, z, label } of blocks) addPoint(line, z / weight, label / weight);
  if (last) addPoint(line, highest, (last.label + 0.5) / (last.weight + 0.5));
  return line;
}

/** Rows of one z are one block, whatever their labels and their order. */
function tiedBlocks(sorted: readonly WeightedLabel[]): Block[] {
  const blocks: Block[] = [];
  let z = Number.NaN;
  for (const row of sorted) {
    const last = blocks.at(-1);
    if (last && row.z === z) {
      last.weight += row.weight;
      last.z += row.z * row.weight;
      last.label += row.label * row.weight;
    } else {
      blocks.push({ weight: row.weight, z: row.z * row.weight, label: row.label * row.weight });
      z = row.z;
    }
  }
  return blocks;
}

/** Adds a block at the right end and merges backwards while a block is not above the one before it. */
function pool(blocks: Block[], added: Block): void {
  let block = added;
  for (let before = blocks.at(-1); before && !isAbove(block, before); before = blocks.at(-1)) {
    blocks.pop();
    block = {
      weight: before.weight + block.weight,
      z: before.z + block.z,
      label: before.label + block.label,
    };
  }
  blocks.push(block);
}

function isAbove(block: Block, before: Block): boolean {
  return block.label * before.weight > before.label * block.weight;
}

/** Appends a point unless it stands where the line already ends. */
function addPoint(line: { z: number[]; p: number[] }, z: number, p: number): void {
  const lastZ = line.z.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (z <= lastZ) return;
  line.z.push(z);
  line.p.push(Math.max(p, line.p.at(-1) ?? 0));
}
