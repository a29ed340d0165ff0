// Where a person always looks before a merge, whatever else holds (M12). One that is named too many costs a look, one too few a merge that
// nobody has seen; names of folders and files are compared without their case.

/** What a database or others' programs rely on. */
const SCHEMAS = [
  ...['**/migrations/**', '**/migration/**', '**/migrate/**', '**/alembic/**', '**/liquibase/**', '**/flyway/**', '**/drizzle/**'],
  ...['**/*.sql', '**/*.ddl', '**/schema.rb', '**/*.prisma', '**/*.dbml', '**/db.changelog*', '**/changelog-master*'],
  ...['**/*.proto', '**/*.avsc', '**/schema.graphql', '**/schema.graphqls'],
];

/** What is depended on, and exactly which of it. */
const DEPENDENCIES = [
  ...['**/package.json', '**/package-lock.json', '**/npm-shrinkwrap.json', '**/yarn.lock', '**/pnpm-lock.yaml', '**/pnpm-workspace.yaml'],
  ...['**/bun.lock', '**/bun.lockb', '**/deno.json', '**/deno.jsonc', '**/deno.lock', '**/jsr.json'],
  ...['**/.npmrc', '**/.yarnrc*', '**/.yarn/**', '**/.pnpmfile.cjs'],
  ...['**/go.mod', '**/go.sum', '**/go.work', '**/go.work.sum', '**/vendor/modules.txt'],
  ...['**/Cargo.toml', '**/Cargo.lock', '**/.cargo/**', '**/rust-toolchain*'],
  ...['**/pyproject.toml', '**/*requirements*.txt', '**/*requirements*.in', '**/requirements/**', '**/constraints*.txt', '**/setup.py'],
  ...['**/setup.cfg', '**/Pipfile', '**/Pipfile.lock', '**/poetry.lock', '**/uv.lock', '**/pdm.lock', '**/pixi.*', '**/environment.y*ml'],
  ...['**/pom.xml', '**/*.gradle*', '**/gradle.lockfile', '**/gradle.properties', '**/gradle/**', '**/*.versions.toml', '**/*.sbt'],
  ...['**/Gemfile', '**/Gemfile.lock', '**/gems.rb', '**/gems.locked', '**/*.gemspec', '**/composer.json', '**/composer.lock'],
  ...['**/*.csproj', '**/*.fsproj', '**/*.vbproj', '**/packages.config', '**/packages.lock.json', '**/Directory.*.props'],
  ...['**/nuget.config', '**/global.json', '**/paket.*'],
  ...['**/mix.exs', '**/mix.lock', '**/rebar.*', '**/pubspec.yaml', '**/pubspec.lock', '**/Package.swift', '**/Package.resolved'],
  ...['**/Podfile', '**/Podfile.lock', '**/Cartfile*', '**/*.nix', '**/flake.lock', '**/conanfile.*', '**/vcpkg.json'],
  ...[
    '**/MODULE.bazel*',
    '**/WORKSPACE',
    '**/WORKSPACE.bazel',
    '**/.gitmodules',
    '**/.tool-versions',
    '**/renovate.json*',
    '**/.renovaterc*',
  ],
];

/** What tests and builds a change. */
const CI = [
  ...['.github/**', '.gitlab/**', '**/.gitlab-ci*.yml', '**/*.gitlab-ci.yml', '.gitea/**', '.forgejo/**', '.circleci/**', '.buildkite/**'],
  ...['**/.travis.yml', '**/Jenkinsfile*', '**/*.jenkinsfile', '**/azure-pipelines*', '**/.azure-pipelines/**', '**/.azuredevops/**'],
  ...['**/bitbucket-pipelines.yml', '**/appveyor.yml', '**/.appveyor.yml', '**/.drone.y*ml', '**/.woodpecker*', '**/.woodpecker/**'],
  ...['**/.cirrus.*', '**/.semaphore/**', '**/codefresh.y*ml', '**/cloudbuild*.y*ml', '**/cloudbuild*.json', '**/*buildspec*.y*ml'],
  ...[
    '**/.teamcity/**',
    '**/.tekton/**',
    '**/action.yml',
    '**/action.yaml',
    '**/.pre-commit-config.yaml',
    '**/.husky/**',
    '**/lefthook.y*ml',
  ],
];

/** What it runs on and how it gets there. */
const INFRASTRUCTURE = [
  ...['**/Dockerfile*', '**/*.dockerfile', '**/Containerfile*', '**/docker-compose*', '**/*compose*.y*ml', '**/docker-bake*'],
  ...['**/*.tf', '**/*.tfvars', '**/*.tf.json', '**/*.hcl', '**/*.bicep', '**/terraform/**', '**/cloudformation/**', '**/pulumi*.y*ml'],
  ...['**/cdk.json', '**/serverless.*', '**/samconfig.toml', '**/ansible/**', '**/playbook*.y*ml'],
  ...[
    '**/helm/**',
    '**/charts/**',
    '**/Chart.yaml',
    '**/Chart.lock',
    '**/k8s/**',
    '**/kubernetes/**',
    '**/kustomization.y*ml',
    '**/argocd/**',
  ],
  ...['**/deploy/**', '**/deployment/**', '**/deployments/**', '**/deploy.*', '**/infra/**', '**/infrastructure/**'],
  ...[
    '**/Vagrantfile',
    '**/Procfile',
    '**/fly.toml',
    '**/vercel.json',
    '**/netlify.toml',
    '**/wrangler.*',
    '**/render.yaml',
    '**/app.yaml',
  ],
  ...['**/skaffold.yaml', '**/Tiltfile', '**/heroku.yml', '**/nginx*.conf', '**/*.service'],
];

/** What decides about merging, and what agents are told before they work. */
const RULES = [
  ...['**/CODEOWNERS', '.signalbox/**', '**/.signalbox/**', '**/signalbox.*', '**/.mergify.yml', '**/.mergify/**', '**/mergify.yml'],
  ...['**/bors.toml', '**/.kodiak.toml', '**/.bulldozer.yml', '**/.policy.yml', '**/.gitattributes'],
  ...['**/AGENTS.md', '**/AGENTS.override.md', '**/CLAUDE.md', '**/CLAUDE.local.md', '**/GEMINI.md', '**/CONTRIBUTING.md'],
  ...['**/.claude/**', '**/.cursor/**', '**/.cursorrules', '**/.windsurf/**', '**/.windsurfrules', '**/.codex/**', '**/.mcp.json'],
];

export const PERSON_PATHS: readonly string[] = [...SCHEMAS, ...DEPENDENCIES, ...CI, ...INFRASTRUCTURE, ...RULES];
