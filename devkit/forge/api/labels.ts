// The labels of a repository, and those on its issues and milestones.
import { setLabels } from '../domain/issue-fields.ts';
import { createLabel, findLabel, problemOfLabel, reportLabel } from '../domain/labels.ts';
import type { Scene } from '../domain/scene.ts';
import { acting, listing, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, invalid, noContent, notFound, ok, Refusal, type Reply } from '../http/reply.ts';
import type { Issue, Label, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { findMilestone, issueOf, labelsIn, type NamedLabel } from './issue-wishes.ts';
import { presentLabel } from './present/label.ts';

export const labelOperations: Operation[] = [
  listing('issues/list-labels-for-repo', (call) => {
    const { forge, state, repository } = call;
    return listOf(call, state.select('label', 'repository', repository.id), (label) => presentLabel(forge, state, label));
  }),
  acting(
    'issues/create-label',
    'write',
    ({ forge, actor, repository, body }) => {
      const label = forge.state.transaction((transaction) => createLabel({ forge, transaction, actor }, repository, body));
      const view = presentLabel(forge, forge.state, label);
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  reading('issues/get-label', ({ forge, state, repository, params }) =>
    ok(presentLabel(forge, state, labelOf(state, repository, params.name))),
  ),
  acting('issues/update-label', 'write', ({ forge, actor, repository, params, body }) => {
    const label = forge.state.transaction((transaction) => {
      const before = labelOf(transaction, repository, params.name);
      const { new_name: name, color, description } = body;
      const wish = {
        ...(name === undefined ? {} : { name }),
        ...(color === undefined ? {} : { color }),
        ...(description === undefined ? {} : { description }),
      };
      const problem = problemOfLabel(transaction, repository, wish, before);
      if (problem !== undefined) throw invalid(problem);
      const changed = transaction.change('label', before.id, {
        name: name?.trim() ?? before.name,
        color: color?.toLowerCase() ?? before.color,
        description: description ?? before.description,
      });
      const changes = Object.fromEntries(
        (['name', 'color', 'description'] as const)
          .filter((key) => changed[key] !== before[key])
          .map((key) => [key, { from: before[key] ?? '' }]),
      );
      reportLabel({ forge, transaction, actor }, repository, changed, 'edited', { changes });
      return changed;
    });
    return ok(presentLabel(forge, forge.state, label));
  }),
  acting('issues/delete-label', 'write', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const scene = { forge, transaction, actor };
      const label = labelOf(transaction, repository, params.name);
      for (const issue of transaction.select('issue', 'repository', repository.id))
        setLabels(
          scene,
          issue,
          labelsOf(transaction, issue).filter(({ id }) => id !== label.id),
        );
      reportLabel(scene, repository, label, 'deleted');
      transaction.remove('label', label.id);
    });
    return noContent();
  }),
  listing('issues/list-labels-on-issue', (call) => {
    const { forge, state, repository, params } = call;
    const labels = labelsOf(state, issueOf(state, repository, params.issue_number));
    return listOf(call, labels, (label) => presentLabel(forge, state, label));
  }),
  acting('issues/add-labels', 'triage', (call) =>
    relabel(call, (scene, issue) => [...labelsOf(scene.transaction, issue), ...labelsIn(scene, call.repository, namesIn(call.body))]),
  ),
  acting('issues/set-labels', 'triage', (call) => relabel(call, (scene) => labelsIn(scene, call.repository, namesIn(call.body)))),
  acting('issues/remove-label', 'triage', (call) =>
    relabel(call, ({ transaction }, issue) => {
      const label = findLabel(transaction, call.repository, call.params.name);
      if (label === undefined || !issue.labelIds.includes(label.id)) throw new Refusal(404, 'Label does not exist');
      return labelsOf(transaction, issue).filter(({ id }) => id !== label.id);
    }),
  ),
  acting('issues/remove-all-labels', 'triage', (call) => {
    relabel(call, () => []);
    return noContent();
  }),
  listing('issues/list-labels-for-milestone', (call) => {
    const { forge, state, repository, params } = call;
    const milestone = findMilestone(state, repository, params.milestone_number);
    if (milestone === undefined) throw notFound();
    const ids = state
      .select('issue', 'repository', repository.id)
      .filter(({ milestoneId }) => milestoneId === milestone.id)
      .flatMap(({ labelIds }) => labelIds);
    const labels = [...new Set(ids)].map((id) => state.need('label', id));
    return listOf(call, labels, (label) => presentLabel(forge, state, label));
  }),
];

const labelsOf = (state: Reader, issue: Issue): Label[] => issue.labelIds.map((id) => state.need('label', id));

function labelOf(state: Reader, repository: Repository, name: string): Label {
  const label = findLabel(state, repository, name);
  if (label === undefined) throw notFound();
  return label;
}

type Labelled = 'issues/add-labels' | 'issues/set-labels' | 'issues/remove-label' | 'issues/remove-all-labels';

/** Gives the issue of the path the labels that `choose` names, and answers with them. */
function relabel(
  { forge, actor, repository, params }: Pick<ActorCall<Labelled>, 'forge' | 'actor' | 'repository' | 'params'>,
  choose: (scene: Scene, issue: Issue) => readonly Label[],
): Reply {
  const changed = forge.state.transaction((transaction) => {
    const scene = { forge, transaction, actor };
    const issue = issueOf(transaction, repository, params.issue_number);
    return setLabels(scene, issue, choose(scene, issue));
  });
  return ok(labelsOf(forge.state, changed).map((label) => presentLabel(forge, forge.state, label)));
}

const namesIn = ({ labels = [] }: { readonly labels?: readonly NamedLabel[] }): readonly NamedLabel[] => labels;
