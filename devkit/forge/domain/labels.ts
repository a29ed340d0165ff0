// Labels by name, which has no case. A name that nobody has used yet becomes a label when somebody who may make one puts it on an issue.
import { presentLabel } from '../api/present/label.ts';
import { fullName } from '../api/present/repository.ts';
import { invalid, Refusal, unprocessable, type Problem } from '../http/reply.ts';
import type { Label, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import type { Scene } from './scene.ts';
import { includes, roleOf } from './permissions.ts';

const USUAL_COLOR = 'ededed';
const LONGEST_NAME = 50;
const LONGEST_DESCRIPTION = 100;
/** Of one issue. */
const MOST_LABELS = 100;

export interface LabelWish {
  readonly name?: string;
  readonly color?: string;
  readonly description?: string | null;
}

export function findLabel(state: Reader, repository: Repository, name: string): Label | undefined {
  const wanted = name.trim().toLowerCase();
  return state.select('label', 'repository', repository.id).find((label) => label.name.toLowerCase() === wanted);
}

/** The labels of these names, in their order; what is not there yet is made. Refuses what cannot be a name, and who may not make labels. */
export function labelsNamed(scene: Scene, repository: Repository, names: readonly string[]): Label[] {
  if (names.length > MOST_LABELS) throw unprocessable(`An issue has at most ${MOST_LABELS} labels.`);
  return names.map((name) => {
    const known = findLabel(scene.transaction, repository, name);
    if (known !== undefined) return known;
    if (!includes(roleOf(scene.transaction, repository, scene.actor), 'write'))
      throw new Refusal(403, 'You do not have permission to create labels on this repository.', {
        errors: [{ resource: 'Repository', field: 'label', code: 'unauthorized' }],
      });
    return createLabel(scene, repository, { name });
  });
}

/** Refuses a name that is taken or none, and a color that is none. */
export function createLabel(scene: Scene, repository: Repository, wish: LabelWish & { readonly name: string }): Label {
  const problem = problemOfLabel(scene.transaction, repository, wish);
  if (problem !== undefined) throw invalid(problem);
  const label = scene.transaction.add('label', {
    repositoryId: repository.id,
    name: wish.name.trim(),
    color: (wish.color ?? USUAL_COLOR).toLowerCase(),
    description: wish.description ?? null,
    default: false,
  });
  reportLabel(scene, repository, label, 'created');
  return label;
}

/** @param but a label that may keep its own name */
export function problemOfLabel(
  state: Reader,
  repository: Repository,
  { name, color, description }: LabelWish,
  but?: Label,
): Problem | undefined {
  const resource = 'Label';
  if (name?.trim() === '') return { resource, field: 'name', code: 'missing_field' };
  if ((name?.length ?? 0) > LONGEST_NAME)
    return { resource, field: 'name', code: 'custom', message: `name is too long (maximum is ${LONGEST_NAME} characters)` };
  if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color)) return { resource, field: 'color', code: 'invalid', value: color };
  if ((description?.length ?? 0) > LONGEST_DESCRIPTION)
    return {
      resource,
      field: 'description',
      code: 'custom',
      message: `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`,
    };
  const holder = name === undefined ? undefined : findLabel(state, repository, name);
  return holder === undefined || holder.id === but?.id ? undefined : { resource, field: 'name', code: 'already_exists' };
}

export function reportLabel(
  { forge, transaction, actor }: Scene,
  repository: Repository,
  label: Label,
  action: 'created' | 'edited' | 'deleted',
  payload: Readonly<Record<string, unknown>> = {},
): void {
  transaction.effect({
    kind: `label.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: label.name,
  });
  publish(forge, transaction, repository, actor, {
    name: 'label',
    action,
    payload: { label: presentLabel(forge, transaction, label), ...payload },
  });
}
