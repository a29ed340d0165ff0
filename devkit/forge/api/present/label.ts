// A label as GitHub shows it.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Label } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId } from './common.ts';
import { repositoryLinks } from './repository.ts';

export type LabelView = components['schemas']['label'];

export function presentLabel(forge: Forge, state: Reader, label: Label): LabelView {
  const { api } = repositoryLinks(forge, state, state.need('repository', label.repositoryId));
  return {
    id: label.id,
    node_id: nodeId('label', label.id),
    url: `${api}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: label.default,
    description: label.description,
  };
}
