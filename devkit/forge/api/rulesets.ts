// Rulesets: rules for the branches that match, several at a time. What they do: domain/branch-rules.ts and protection.ts.
import type { components } from '@octokit/openapi-types';
import { rulesetsFor } from '../domain/branch-rules.ts';
import type { Forge } from '../forge.ts';
import { acting, listing, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, invalid, noContent, notFound, ok, unprocessable } from '../http/reply.ts';
import type { Repository, Ruleset } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentRuleset } from './present/ruleset.ts';
import { fullName } from './present/repository.ts';

/** Rules that the forge keeps; any other is refused by name, so that nobody believes in a protection that is not there. */
const RULES: ReadonlySet<string> = new Set([
  'creation',
  'update',
  'deletion',
  'non_fast_forward',
  'required_linear_history',
  'pull_request',
  'required_status_checks',
  'merge_queue',
]);

type Wish = Partial<ActorCall<'repos/create-repo-ruleset'>['body']>;
type Rule = components['schemas']['repository-rule'];

export const rulesetOperations: Operation[] = [
  listing('repos/get-repo-rulesets', (call) => {
    const { forge, state, repository } = call;
    return listOf(call, state.select('ruleset', 'repository', repository.id), (ruleset) => {
      const { rules: _rules, conditions: _conditions, ...brief } = presentRuleset(forge, state, repository, ruleset);
      return brief;
    });
  }),
  reading('repos/get-repo-ruleset', ({ forge, state, repository, params }) =>
    ok(presentRuleset(forge, state, repository, needRuleset(state, repository, params.ruleset_id))),
  ),
  acting('repos/create-repo-ruleset', 'admin', ({ forge, actor, repository, body }) => {
    refuseNameTaken(forge.state, repository, body.name, null);
    const fields = fieldsOf(body);
    const ruleset = forge.state.transaction((transaction) => {
      const now = Date.now();
      const { include = [], exclude = [], rules = [] } = fields;
      const added = transaction.add('ruleset', {
        repositoryId: repository.id,
        name: body.name,
        enforcement: body.enforcement,
        include,
        exclude,
        rules,
        createdAt: now,
        updatedAt: now,
      });
      transaction.effect({
        kind: 'ruleset.created',
        actor: actor.login,
        repository: fullName(transaction, repository),
        subject: added.name,
      });
      return added;
    });
    return created(presentRuleset(forge, forge.state, repository, ruleset));
  }),
  acting('repos/update-repo-ruleset', 'admin', ({ forge, actor, repository, params, body }) => {
    const { id, name } = needRuleset(forge.state, repository, params.ruleset_id);
    if (body.name !== undefined) refuseNameTaken(forge.state, repository, body.name, id);
    const fields = fieldsOf(body);
    const ruleset = forge.state.transaction((transaction) => {
      transaction.effect({ kind: 'ruleset.edited', actor: actor.login, repository: fullName(transaction, repository), subject: name });
      return transaction.change('ruleset', id, {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.enforcement === undefined ? {} : { enforcement: body.enforcement }),
        ...fields,
        updatedAt: Date.now(),
      });
    });
    return ok(presentRuleset(forge, forge.state, repository, ruleset));
  }),
  acting('repos/delete-repo-ruleset', 'admin', ({ forge, actor, repository, params }) => {
    const { id, name } = needRuleset(forge.state, repository, params.ruleset_id);
    forge.state.transaction((transaction) => {
      transaction.remove('ruleset', id);
      transaction.effect({ kind: 'ruleset.deleted', actor: actor.login, repository: fullName(transaction, repository), subject: name });
    });
    return noContent();
  }),
  reading('repos/get-branch-rules', (call) => {
    const { forge, state, repository, params } = call;
    return listOf(call, rulesOfBranch(forge, state, repository, params.branch), (rule) => rule);
  }),
];

const rulesOfBranch = (_forge: Forge, state: Reader, repository: Repository, branch: string): Record<string, unknown>[] =>
  rulesetsFor(state, repository, branch).flatMap(({ id, rules }) =>
    rules.map((rule) => ({
      ...rule,
      ruleset_source_type: 'Repository',
      ruleset_source: fullName(state, repository),
      ruleset_id: id,
    })),
  );

function needRuleset(state: Reader, repository: Repository, id: number): Ruleset {
  const ruleset = state.get('ruleset', id);
  if (ruleset?.repositoryId !== repository.id) throw notFound();
  return ruleset;
}

function refuseNameTaken(state: Reader, repository: Repository, name: string, self: number | null): void {
  const isTaken = state.select('ruleset', 'repository', repository.id).some((other) => other.name === name && other.id !== self);
  if (isTaken) throw invalid({ resource: 'Ruleset', field: 'name', code: 'already_exists', message: 'Name must be unique' });
}

function fieldsOf(wish: Wish): Partial<Pick<Ruleset, 'include' | 'exclude' | 'rules'>> {
  if (wish.target !== undefined && wish.target !== 'branch')
    throw unprocessable(`The forge has rulesets for branches only, not for ${wish.target === 'tag' ? 'tags' : 'pushes'}.`);
  if ((wish.bypass_actors ?? []).length > 0) throw unprocessable('The forge has no bypass_actors: leave them out.');
  const { conditions, rules } = wish;
  const patterns = [...(conditions?.ref_name?.include ?? []), ...(conditions?.ref_name?.exclude ?? [])];
  const odd = patterns.find((pattern) => pattern !== '~ALL' && pattern !== '~DEFAULT_BRANCH' && !pattern.startsWith('refs/heads/'));
  if (odd !== undefined) throw unprocessable(`Invalid request.\n\n"${odd}" is neither ~ALL, ~DEFAULT_BRANCH nor a pattern of refs/heads/.`);
  return {
    ...(conditions === undefined ? {} : { include: conditions.ref_name?.include ?? [], exclude: conditions.ref_name?.exclude ?? [] }),
    ...(rules === undefined ? {} : { rules: rules.map(supported) }),
  };
}

function supported(rule: Rule): Ruleset['rules'][number] {
  if (!RULES.has(rule.type)) throw unprocessable(`The forge does not keep the rule "${rule.type}". It keeps ${[...RULES].join(', ')}.`);
  const parameters = 'parameters' in rule ? (rule.parameters as Record<string, unknown>) : undefined;
  if (parameters === undefined && NEEDS_PARAMETERS.has(rule.type))
    throw unprocessable(`Invalid request.\n\nThe rule "${rule.type}" needs its parameters.`);
  return { type: rule.type, ...(parameters === undefined ? {} : { parameters }) };
}

const NEEDS_PARAMETERS: ReadonlySet<string> = new Set(['pull_request', 'required_status_checks', 'merge_queue']);
