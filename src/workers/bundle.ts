// The workflows as one script for Temporal's sandbox. Made once per start, or given (the published package and the tests have it ready).
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const workflowsPath = here('../workflows/index.ts');
export const payloadConverterPath = here('../contracts/payload-converter.ts');

export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger: quiet });
  return code;
}

const nothing = (): void => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
