// Which checks of a forge can have run the tests (M17), where the workspace has not named them. A check that is wrongly left out costs a setting
// (SIGNALBOX_TEST_CHECKS), one that is wrongly taken a merge that nobody has tested.
import type { ForgeCheck } from '../contracts/gates.ts';

/** Programs whose checks are about something else: licences, secrets, previews, coverage, dependencies, the merge itself. */
const OTHER_APPS =
  /^(cla|cla-.*|.*-cla|easycla|dco|probot.*|wip|semantic-pull-requests?|.*codeql.*|github-advanced-security|github-code-scanning|dependabot|renovate|mergify|kodiak.*|snyk.*|socket-security|gitguardian|sonar.*|codecov|coveralls|codacy.*|deepsource.*|vercel|netlify|cloudflare.*|render|heroku|github-pages|changeset-bot|size-limit.*|linear|pre-commit-ci)$/;

/** Names of jobs that look at a change without running it. */
const OTHER_NAMES =
  /\b(cla|dco|licen[cs]es?|lint(er|ing)?|eslint|format(ting)?|prettier|style|spell(ing|check)?|label(er|s)?|stale|triage|greet(ings?)?|codeql|analy[sz]e|scorecards?|security|secrets?|audit|sast|coverage|deploy(ment)?s?|preview|release|publish|docs?|documentation|changelog|semantic|title|size|assign|notify)\b/;
const TESTS = /tests?|spec|check|e2e|integration|unit|verify|\bci\b/;

/** What CI ran. Bare statuses can come from anything. */
export function soundsLikeTests({ name, app }: Pick<ForgeCheck, 'name' | 'app'>): boolean {
  const words = name.toLowerCase();
  return app !== null && !OTHER_APPS.test(app.toLowerCase()) && (TESTS.test(withoutPrograms(words)) || !OTHER_NAMES.test(words));
}

/** "spellcheck" and "license check" check something, but no tests. */
const withoutPrograms = (words: string): string => (OTHER_NAMES.test(words) ? words.replaceAll(/check(er|s)?/g, '') : words);
