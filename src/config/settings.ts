// The settings: names, forms and defaults. The ecosystem's own names where there are some; ours begin with SIGNALBOX_, and whatever else does
// is refused, since it is a slip of the pen that would change nothing.
import { hostname } from 'node:os';
import { z } from 'zod';
import { branchProblem } from '../contracts/branch.ts';
import { DEFAULT_TASK_BUDGET } from '../contracts/budget.ts';
import { INSTALLATION } from '../contracts/identity.ts';
import { DRAFTS } from '../contracts/request-policy.ts';
import {
  DEFAULT_SESSION_LIMITS,
  MODEL_ALIASES,
  SESSION_PHASES,
  type ModelAlias,
  type ModelRef,
  type SessionPhase,
} from '../contracts/session.ts';
import { MAX_SCRIPT_BYTES } from '../jobs/job.ts';
import { MARK } from '../jobs/processes.ts';
import { ALLOWED_HOST } from '../sandbox/network/reach.ts';
import { SHORTEST_SECRET } from '../secrets/redact.ts';
import { person, personText } from './person.ts';

/** Names of this form are ours alone. */
const OURS = 'SIGNALBOX_';
const url = z.url();
const words = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));
/** Patterns of paths: `*` within a folder's name, `**` for any number of folders. */
const paths = words;
const MODEL = /^(anthropic|openai)\/(.+)$/;
const model = z.string().regex(MODEL, '"anthropic/…" or "openai/…"').transform(toRef);
const phaseModel = z
  .string()
  .trim()
  .regex(
    new RegExp(`^(${SESSION_PHASES.join('|')})=(${MODEL_ALIASES.join('|')}|(anthropic|openai)/.+)$`),
    `a phase (${SESSION_PHASES.join(', ')}), "=", and ${MODEL_ALIASES.join(', ')}, "anthropic/…" or "openai/…"`,
  )
  .transform((text): [SessionPhase, ModelAlias | ModelRef] => {
    const [phase, chosen = ''] = text.split('=');
    return [phase as SessionPhase, MODEL.test(chosen) ? toRef(chosen) : (chosen as ModelAlias)];
  });
const schema = z.object({
  /** Directory of everything that is kept on this host: the store, worktrees, jobs. Default: `.signalbox` here. */
  SIGNALBOX_DATA: z.string().min(1).default('.signalbox'),
  /** Names this host towards others: its task queue and its worktrees. Default: the host's name. */
  SIGNALBOX_HOST: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, ".", "_" and "-", at most 64')
    .default(hostname),
  /** `true`: commands run without a sandbox. Default: refused where the system has none. */
  SIGNALBOX_UNSANDBOXED: z.stringbool().default(false),
  /**
   * Hosts that commands may reach, with commas: `registry.npmjs.org,*.crates.io,db.example:5432`; `*` is every public one. Without a port, 80
   * and 443. Never this machine, and private networks only where the host is named. Default: none, so no network at all.
   */
  SIGNALBOX_NETWORK: words.pipe(z.array(z.string().regex(ALLOWED_HOST, '"host", "host:port", "*.host" or "*"'))),
  /**
   * What the branches of new tasks are called, with `{ticket}` and, if wanted, `{workspace}`: `agents/{workspace}/{ticket}`. A second try has `-2`
   * behind it. Default: `signalbox/{ticket}`.
   */
  SIGNALBOX_BRANCH: z
    .string()
    .superRefine((template, context) => {
      const problem = branchProblem(template);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  /** Labels that every request of a task gets beside those of its issue, with commas. Default: none. */
  SIGNALBOX_REQUEST_LABELS: words,
  /** Who is asked to review every request of a task, with commas: accounts, and teams as `organization/team`. Default: nobody. */
  SIGNALBOX_REVIEWERS: words.pipe(z.array(z.string().regex(/^[\w-]+(\/[\w.-]+)?$/, '"account" or "organization/team"'))),
  /**
   * Which requests of tasks are opened as drafts: `never`, `always`, or `risky` (of high, critical or unknown risk, or where the review was not
   * satisfied). Nothing more is done to a draft until a person marks it as ready. Default: `never`.
   */
  SIGNALBOX_DRAFT: z.enum(DRAFTS).default('never'),
  /** Page that what we say on the forge links to: what Signalbox is, here, and whom to ask. Default: none; it links to how the work stands. */
  SIGNALBOX_URL: url.optional(),
  /** Where notices are posted as JSON. Default: nowhere. */
  SIGNALBOX_NOTIFY_URL: url.optional(),
  /** What stands behind the aliases: provider, a slash, the provider's own name. Defaults: one of Anthropic's each, or of OpenAI's where only its key is set. */
  SIGNALBOX_MODEL_FAST: model.optional(),
  SIGNALBOX_MODEL_BALANCED: model.optional(),
  SIGNALBOX_MODEL_BEST: model.optional(),
  /** One model for all of them that are not set. */
  SIGNALBOX_MODEL: model.optional(),
  /** Other models than the playbooks ask for, by phase: `review=openai/gpt-5.5,fix=best`. */
  SIGNALBOX_MODEL_PHASES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((part) => part.trim() !== ''))
    .pipe(z.array(phaseModel)),
  /** Most turns, minutes of work and tokens of one session; some kinds of sessions have less. Defaults: 100, 120, 5 million. */
  SIGNALBOX_SESSION_TURNS: z.coerce.number().int().positive().default(DEFAULT_SESSION_LIMITS.turns),
  SIGNALBOX_SESSION_MINUTES: z.coerce.number().positive().default(DEFAULT_SESSION_LIMITS.minutes),
  SIGNALBOX_SESSION_TOKENS: z.coerce.number().int().positive().default(DEFAULT_SESSION_LIMITS.tokens),
  /** For so many seconds a model may say nothing; then the session has stalled. Default: 120. */
  SIGNALBOX_STALL_SECONDS: z.coerce.number().int().min(1).max(1_200).default(DEFAULT_SESSION_LIMITS.stallSeconds),
  /** After so many minutes of work without a changed file or an output the model of a session is warned. Default: 30. */
  SIGNALBOX_IDLE_MINUTES: z.coerce.number().positive().default(DEFAULT_SESSION_LIMITS.idleMinutes),
  /** After so many of them the session ends as stalled. Default: only with its last minute. */
  SIGNALBOX_IDLE_END_MINUTES: z.coerce.number().positive().optional(),
  /** What becomes of the worktree of a task or request that `kill` ends: `remove`, with a snapshot of what is not published. Default: `keep`. */
  SIGNALBOX_KILLED_WORKTREES: z.enum(['keep', 'remove']).default('keep'),
  /** Most dollars that one session may cost, by the known prices. Default: 20. */
  SIGNALBOX_SESSION_USD: z.coerce.number().positive().default(DEFAULT_SESSION_LIMITS.usd),
  /** What one task may spend with all that it starts; then a person is asked. Defaults: 2,000 turns, 1,440 minutes, 50 million tokens, $100. */
  SIGNALBOX_TASK_TURNS: z.coerce.number().int().positive().default(DEFAULT_TASK_BUDGET.turns),
  SIGNALBOX_TASK_MINUTES: z.coerce.number().positive().default(DEFAULT_TASK_BUDGET.minutes),
  SIGNALBOX_TASK_TOKENS: z.coerce.number().int().positive().default(DEFAULT_TASK_BUDGET.tokens),
  SIGNALBOX_TASK_USD: z.coerce.number().positive().default(DEFAULT_TASK_BUDGET.usd),
  /** Run by bash in every new worktree, in the sandbox, before its first session: `npm ci`. What it makes has to be ignored by git. Default: nothing. */
  SIGNALBOX_SETUP: z.string().trim().min(1).max(MAX_SCRIPT_BYTES).optional(),
  /**
   * Whose name is on commits, as `Name <address>`; a forge shows them as those of the account that the address belongs to. Default: Signalbox,
   * with an address that is nobody's.
   */
  SIGNALBOX_AUTHOR: person.optional(),
  /** Who shares the authorship of every commit of ours, as `Name <address>`. Default: nobody. */
  SIGNALBOX_CO_AUTHOR: personText.optional(),
  /**
   * File of a private SSH key (ed25519, without a passphrase) that signs every commit; it is tried at every start, and commands of agents never
   * see it. The forge shows commits as verified where the account of their author has its public half. Default: commits are not signed.
   */
  SIGNALBOX_SIGNING_KEY_FILE: z.string().min(1).optional(),
  /** File of accounts as which work can be done beside that of `GITHUB_TOKEN` (src/config/identities.ts). Default: there are none. */
  SIGNALBOX_IDENTITIES: z.string().min(1).optional(),
  /** Name of the one as which everything is worked on that is begun without naming another; what has begun keeps its own. Default: `installation`. */
  SIGNALBOX_IDENTITY: z.string().min(1).default(INSTALLATION),
  /** `true`: what passes its gates is merged without a person. Default: a person approves every head. */
  SIGNALBOX_AUTO_MERGE: z.stringbool().default(false),
  /** How requests are merged where the repository allows it; otherwise as it does. */
  SIGNALBOX_MERGE_METHOD: z.enum(['squash', 'merge', 'rebase']).default('squash'),
  /** How a branch on which all is ours is brought up to date with its base. Others' branches are only merged into. */
  SIGNALBOX_UPDATE_BY: z.enum(['rebase', 'merge']).default('rebase'),
  /** `true`: also what no tests have run on is merged. Default: something must have run them, CI or a session. */
  SIGNALBOX_MERGE_WITHOUT_TESTS: z.stringbool().default(false),
  /**
   * Names of the checks that run the tests, with commas and `**` for anything: `ci/**,Jenkins`. Default: jobs of GitHub Actions and checks of
   * other apps of CI that do not sound like something else (lint, license, deploy); no bare commit statuses.
   */
  SIGNALBOX_TEST_CHECKS: paths,
  /** Where a person always looks, beside schemas, dependencies, infrastructure, CI and the rules of merging. Default: nowhere else. */
  SIGNALBOX_PERSON_PATHS: paths,
  /** Where the production audit is needed, whatever the risk. Default: nowhere. */
  SIGNALBOX_PRODUCTION_PATHS: paths,
  /** After how many hours of waiting for checks, for a review, for anybody else people are reminded in the request, and how often. */
  SIGNALBOX_REMIND_CI_HOURS: z.coerce.number().positive().default(2),
  SIGNALBOX_REMIND_REVIEWER_HOURS: z.coerce.number().positive().default(24),
  SIGNALBOX_REMIND_PERSON_HOURS: z.coerce.number().positive().default(24),
  /** After how many days of a hold, a draft or a pause the outbox tells of it, once; the request itself is left in peace. Default: 7. */
  SIGNALBOX_REMIND_RESTING_DAYS: z.coerce.number().positive().default(7),
  /**
   * What becomes of nits, which their authors call so: `fix`: a session does and answers them as anything else; `log`: they are seen, and left;
   * `ask`: the outbox asks about each, and the request does not wait for that. Default: `fix`.
   */
  SIGNALBOX_NITS: z.enum(['fix', 'log', 'ask']).default('fix'),
  /** Then the outbox has it. 0: no reminders, and the outbox after that time. Default: 2. */
  SIGNALBOX_REMINDERS: z.coerce.number().int().min(0).max(20).default(2),
  /**
   * Regular expressions, one a line: a failed job whose log has a line that matches is run once more before it is believed, as with what looks
   * flaky everywhere (connections that break, busy services). Capitals don't matter. Default: none.
   */
  SIGNALBOX_FLAKY_PATTERNS: z
    .string()
    .default('')
    .transform((text, context): RegExp[] =>
      text.split('\n').flatMap((line) => {
        if (line.trim() === '') return [];
        try {
          return [new RegExp(line.trim(), 'i')];
        } catch (error) {
          context.addIssue({ code: 'custom', message: String(error) });
          return [];
        }
      }),
    ),
  /** For how many days after a merge reverts and bugs that name it are noticed. Default: 30; 0: not at all. */
  SIGNALBOX_TRACK_DAYS: z.coerce.number().min(0).max(365).default(30),
  /**
   * For how long the forge's lists may lack what its webhooks have told of, or what it has shown before: then is looked again. Default: 6, which
   * is more than GitHub's lag; 0: the forge shows everything at once.
   */
  SIGNALBOX_FORGE_LAG_SECONDS: z.coerce.number().int().min(0).max(60).default(6),
  /** Shared with the forge's webhook; undefined: the gateway accepts none, and changes are found by asking. */
  SIGNALBOX_WEBHOOK_SECRET: z
    .string()
    .min(SHORTEST_SECRET, `at least ${SHORTEST_SECRET} characters: shorter ones are not redacted`)
    .optional(),
  /**
   * Repositories whose issues are worked on once somebody who may write there puts the label `signalbox:ready` on them, with commas:
   * `owner/repo,owner/other`. Default: none; work begins by command only.
   */
  SIGNALBOX_REPOSITORIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(z.string().regex(/^[\w.-]+\/[\w.-]+$/, '"owner/repo"'))),
  /** File of webhooks of other systems that let work begin (src/config/triggers.ts). Default: there are none. */
  SIGNALBOX_TRIGGERS: z.string().min(1).optional(),
  /** How long the polls behind the webhooks pause, in seconds. Default: three minutes. */
  SIGNALBOX_POLL_SECONDS: z.coerce.number().int().min(1).max(86_400).default(180),
  /** Where the gateway listens. Others than this machine reach it only by another address than the default, best behind a proxy with TLS. */
  SIGNALBOX_GATEWAY_HOST: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  /** Default: 4270, or another that is free where `up` chooses. */
  SIGNALBOX_GATEWAY_PORT: z.coerce.number().int().min(1).max(65_535).default(4270),
  GITHUB_TOKEN: z.string().optional(),
  /** Default: GitHub itself. */
  GITHUB_API_URL: url.default('https://api.github.com'),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url.optional(),
  /** How much is logged. Default: `info`. */
  SIGNALBOX_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** Names of all settings that are read from the environment, but for Temporal's own. */
export const SETTINGS = Object.keys(schema.shape);

export type Settings = z.output<typeof schema>;

/** @throws Error that names every setting that is wrong, or is none */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const read = schema.safeParse(env);
  const unknown = Object.keys(env).filter((name) => name.startsWith(OURS) && name !== MARK && !SETTINGS.includes(name));
  const problems = [
    ...(read.success ? [] : [z.prettifyError(read.error)]),
    ...unknown.map((name) => `✖ There is no such setting; docs/operations.md has them all\n  → at ${name}`),
  ];
  if (!read.success || unknown.length > 0) throw new Error(`The environment is not right:\n${problems.join('\n')}`);
  return read.data;
}

function toRef(name: string): ModelRef {
  const [, provider, id = ''] = MODEL.exec(name) ?? [];
  return { provider: provider === 'openai' ? 'openai' : 'anthropic', id };
}
