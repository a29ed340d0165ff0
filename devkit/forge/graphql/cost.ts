// What a GraphQL request costs before it is run, by GitHub's rule: the requests that its connections stand for, by the hundred; and whether
// each connection says how much it wants.
import {
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isObjectType,
  isInterfaceType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { problem } from './problems.ts';

export interface Cost {
  readonly points: number;
  /** Nodes that the request may return. */
  readonly nodes: number;
  readonly connections: number;
}

const MOST_A_PAGE = 100;
const MOST_NODES = 500_000;
const MOST_SELECTIONS = 100_000;

/** The document is valid; `variables` have their types. */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let requests = 0;
  let nodes = 0;
  let connections = 0;
  let selected = 0;

  const walk = (type: GraphQLNamedType | undefined, { selections }: SelectionSetNode, times: number): void => {
    for (const selection of selections) {
      // Fragments of fragments grow as powers: whoever wrote a page of them asks for more than anybody can compose.
      if (++selected > MOST_SELECTIONS)
        throw problem('MAX_NODE_LIMIT_EXCEEDED', `This query selects more than ${MOST_SELECTIONS.toLocaleString('en')} fields.`);
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) walk(schema.getType(fragment.typeCondition.name.value), fragment.selectionSet, times);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition } = selection;
        walk(typeCondition === undefined ? type : schema.getType(typeCondition.name.value), selection.selectionSet, times);
      } else if (isObjectType(type) || isInterfaceType(type)) {
        const field = type.getFields()[selection.name.value];
        if (field === undefined || selection.selectionSet === undefined) continue;
        const target = getNamedType(field.type);
        const isConnection = target.name.endsWith('Connection') && !isAbstractType(target);
        let inner = times;
        if (isConnection) {
          const wanted = sizeOf(field.name, getArgumentValues(field, selection, variables));
          connections++;
          requests += times;
          inner = times * wanted;
          nodes += inner;
        }
        walk(target, selection.selectionSet, inner);
      }
    }
  };
  walk(schema.getRootType(operation.operation) ?? undefined, operation.selectionSet, 1);
  if (nodes > MOST_NODES)
    throw problem(
      'MAX_NODE_LIMIT_EXCEEDED',
      `This query requests up to ${nodes.toLocaleString('en')} possible nodes which exceeds the maximum limit of 500,000.`,
    );
  return { points: Math.max(1, Math.round(requests / 100)), nodes, connections };
}

function sizeOf(name: string, { first, last }: { readonly first?: unknown; readonly last?: unknown }): number {
  const isFirst = typeof first === 'number';
  const wanted = isFirst ? first : last;
  if (typeof wanted !== 'number')
    throw problem(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  if (wanted < 0 || wanted > MOST_A_PAGE)
    throw problem(
      'EXCESSIVE_PAGINATION',
      `Requesting ${wanted} records on the \`${name}\` connection exceeds the \`${isFirst ? 'first' : 'last'}\` limit of ${MOST_A_PAGE} records.`,
    );
  return wanted;
}
