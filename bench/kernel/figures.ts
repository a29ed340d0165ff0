// Medians and percentiles of what was measured, and the CPU time of processes: what neighbours on the machine can't blur.
import { readFileSync } from 'node:fs';

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((share / 100) * sorted.length) - 1)] ?? NaN;
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

const TICK_MS = 10;

/** CPU time of a process so far, in milliseconds. Linux. */
export function cpuMs(pid: number | undefined): number {
  // The name, in parentheses, may have spaces; user and system time are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
