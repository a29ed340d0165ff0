// A process that starts a job and attaches to it, as a worker does; the tests kill it. Prints the outcome if it lives to see it.
import { createJobs } from '../../src/jobs/jobs.ts';
import type { JobSpec } from '../../src/jobs/job.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';

const [root, spec] = process.argv.slice(2) as [string, string];
const job = JSON.parse(spec) as JobSpec;
const jobs = createJobs({ root, sandbox: bubblewrap() });
await jobs.start(job);
process.stdout.write('started\n');
process.stdout.write(`${JSON.stringify(await jobs.attach(job))}\n`);
