// The walls between the rooms (docs/architecture.md). An arrow that is not allowed here is a design error, not a lint error.
const room = (name) => `^src/${name}/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    forbid(
      'no-circular',
      'Two files that need each other are one concept or miss a third.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'contracts-stand-alone',
      'Contracts import nothing of ours.',
      { path: room('contracts') },
      { path: '^(src/(?!contracts/)|devkit/)' },
    ),
    forbid(
      'policies-are-pure',
      'Policies know contracts only.',
      { path: room('policies') },
      { path: '^(src/(?!contracts/|policies/)|devkit/)|node:|^node_modules/' },
    ),
    forbid(
      'workflows-are-sandboxed',
      'Workflows import contracts and @temporalio/workflow only.',
      { path: room('workflows') },
      { path: '^(src/(?!contracts/|workflows/)|devkit/)|^node_modules/(?!@temporalio/(workflow|common))' },
    ),
    forbid(
      'store-and-config-below',
      'Store and config do not know who uses them.',
      { path: '^src/(store|config|sandbox|jobs|git)/' },
      { path: '^(src/(workflows|activities|client|workers)/|devkit/)' },
    ),
    forbid(
      'activities-open-no-doors',
      'What doors and activities both do is in the activities; doors are the way in.',
      { path: room('activities') },
      { path: room('client') },
    ),
    forbid(
      'merges-in-the-lane',
      'Merges are performed by the merge lane only, one at a time and after every gate.',
      { path: '^(src|devkit|scripts)/', pathNot: '^src/activities/merge-lane/' },
      { path: '^src/activities/merge-lane/merge-effect' },
    ),
    forbid(
      'one-forge-in-its-room',
      'What GitHub calls things is known in its room alone: a second forge is a room beside it.',
      { path: '^src/', pathNot: '^src/activities/forge/github/' },
      { path: '^node_modules/@?octokit(/|$)' },
    ),
    forbid(
      'behind-the-provider',
      'Whoever needs a forge asks the provider (src/activities/forge/provider.ts), whichever forge that is.',
      { path: '^src/', pathNot: '^src/activities/forge/' },
      { path: '^src/activities/forge/github/' },
    ),
    forbid(
      'nothing-imports-workers',
      'Wiring is imported by nobody.',
      { pathNot: '^(src/workers/|test/|scripts/build)' },
      { path: room('workers') },
    ),
    forbid(
      'devkit-is-optional',
      'Only the commands up and doctor (for a Temporal server), demo and sandbox know about the devkit.',
      { path: '^src/(?!client/cli/(up|doctor|demo|sandbox))' },
      { path: '^devkit/' },
    ),
    forbid(
      'product-knows-no-test',
      'What is shipped does not import tests or benchmarks.',
      { path: '^(src|devkit)/' },
      { path: '^(test|bench|scripts)/' },
    ),
    forbid(
      'no-orphans',
      'A file that nothing imports is either an entry or dead.',
      { orphan: true, path: '^(src|devkit)/', pathNot: '(main|bin)\\.ts$|\\.d\\.ts$' },
      {},
    ),
    forbid(
      'resolvable',
      'An import that cannot be found (packages of types alone have no file to find).',
      {},
      { couldNotResolve: true, pathNot: '^@octokit/openapi-types$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'bench/kernel/ai-sdk|\\.json$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
