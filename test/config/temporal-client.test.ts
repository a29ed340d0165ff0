// Every client of ours refuses what is over the budget itself: there is no server here that could.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { temporalClient } from '../../src/config/temporal-client.ts';
import { PAYLOAD_BYTES } from '../../src/contracts/budgets.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

describe('a client of Temporal', () => {
  it('refuses an argument that is over the budget, in words, before it is sent', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1', connectTimeout: 100 });
    const { workflow } = temporalClient(connection);
    const args = ['x'.repeat(PAYLOAD_BYTES)];
    const words = `${PAYLOAD_BYTES + 2} bytes in one payload; ${PAYLOAD_BYTES} are allowed`;
    const start = workflow.start('session', { workflowId: 's', taskQueue: 'q', args });
    await expect(start).rejects.toThrow(words);
    await expect(workflow.getHandle('s').signal('tell', ...args)).rejects.toThrow(words);
    await connection.close();
  });

  it('is made nowhere else in what is shipped', async () => {
    const { stdout } = await execa('git', ['-C', ROOT, 'ls-files', 'src']);
    const others = stdout
      .split('\n')
      .filter((path) => path.endsWith('.ts') && readFileSync(`${ROOT}${path}`, 'utf8').includes('new Client('));
    expect(others).toEqual(['src/config/temporal-client.ts']);
  });
});
