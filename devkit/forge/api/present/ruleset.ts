// A ruleset as GitHub shows it.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Repository, Ruleset } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { fullName, repositoryLinks } from './repository.ts';

export type RulesetView = components['schemas']['repository-ruleset'];

export function presentRuleset(forge: Forge, state: Reader, repository: Repository, ruleset: Ruleset): RulesetView {
  const { api, html } = repositoryLinks(forge, state, repository);
  return {
    id: ruleset.id,
    node_id: nodeId('ruleset', ruleset.id),
    name: ruleset.name,
    target: 'branch',
    source_type: 'Repository',
    source: fullName(state, repository),
    enforcement: ruleset.enforcement,
    bypass_actors: [],
    current_user_can_bypass: 'never',
    conditions: { ref_name: { include: [...ruleset.include], exclude: [...ruleset.exclude] } },
    rules: ruleset.rules as NonNullable<RulesetView['rules']>,
    created_at: timestamp(ruleset.createdAt),
    updated_at: timestamp(ruleset.updatedAt),
    _links: { self: { href: `${api}/rulesets/${ruleset.id}` }, html: { href: `${html}/rules/${ruleset.id}` } },
  };
}
