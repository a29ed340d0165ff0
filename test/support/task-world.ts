// What a task lives in: a forge, a model that solves every issue with one command, and somebody who gets notices.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import type { TaskRef } from '../../src/contracts/task.ts';
import { startTestForge, type TestForge } from '../forge/harness.ts';

export type IssueTask = TaskRef & { readonly issue: number };

export interface TaskWorld {
  readonly forge: TestForge;
  readonly model: ScriptedModel;
  /** Notices so far: their ids and texts. */
  readonly noticed: readonly { readonly id: string | undefined; readonly text: string }[];
  /** Settings of workers that shall live in it. */
  readonly env: Readonly<Record<string, string>>;
  /** A new repository with an issue. */
  newIssue(title: string): Promise<IssueTask>;
  end(): Promise<void>;
}

export async function createTaskWorld(script: (conversation: Conversation) => Step | Promise<Step>): Promise<TaskWorld> {
  const forge = await startTestForge({ checked: false });
  const model = await startModel(script);
  const noticed: { id: string | undefined; text: string }[] = [];
  const notices = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      noticed.push({ id: request.headers['webhook-id']?.toString(), text });
      response.end();
    });
  });
  await new Promise<void>((resolve) => notices.listen(0, '127.0.0.1', resolve));
  return {
    forge,
    model,
    noticed,
    env: {
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: forge.tokens['writer'] ?? '',
      SIGNALBOX_NOTIFY_URL: `http://127.0.0.1:${(notices.address() as AddressInfo).port}/`,
    },
    async newIssue(title) {
      const { owner, repo } = await forge.repository();
      const { data } = await forge.as('owner').rest.issues.create({ owner, repo, title, body: 'Please.' });
      return { workspace: 'test', owner, repo, issue: data.number, goal: null, generation: 1 };
    },
    async end() {
      notices.close();
      await model.stop();
      await forge.stop();
    },
  };
}

/** The end of a session that has to hand over: what a coding session says of what it did. */
export const handOver = (title: string, files: readonly string[] = []) => ({
  tool: 'hand_over',
  input: {
    commit: { type: 'fix', title, body: '' },
    request: { title, description: 'It is solved.' },
    files,
    outsideTheGoal: [],
    replies: [],
  },
});

export const bash = (command: string) => ({ tool: 'bash', input: { command } });
