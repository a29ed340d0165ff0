// Medians and percentiles of what was measured.
export const median = (values: readonly number[]): number => percentile(values, 50);

/** Nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((share / 100) * sorted.length) - 1)] ?? NaN;
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
