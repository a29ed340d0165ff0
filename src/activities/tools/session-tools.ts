// Which tools a session has: what the model is told of, and what the host runs. A call of any other is a mistake, whoever thought of it.
import type { SessionSpec } from '../../contracts/session.ts';
import { bash } from './bash.ts';
import { outputTool } from './output.ts';
import type { CommandTool, Tool } from './tool.ts';

export interface Toolbox {
  readonly files: readonly Tool[];
  /** Whether a command can be kept from writing. Where it can't, sessions that only read have none. */
  readonly confinesCommands: boolean;
}

export function toolsOf({ tools, output }: Pick<SessionSpec, 'tools' | 'output'>, { files, confinesCommands }: Toolbox): AnyTool[] {
  return [
    ...files.filter(({ readOnly }) => tools === 'all' || readOnly),
    ...(tools === 'all' || confinesCommands ? [bash] : []),
    ...(output === null ? [] : [outputTool(output)]),
  ];
}

export type AnyTool = Tool | CommandTool;

export const isQuick = (tool: AnyTool): tool is Tool => 'run' in tool;
