// How credentials look that nobody told us about. Each needs a beginning of its own, so that ids, digests and prose are left alone:
// what is redacted by mistake is lost to the agent.

export interface SecretPattern {
  /** Said in place of the secret. */
  readonly name: string;
  /** Global. The secret is the group `secret`, or all of the match where there is none. */
  readonly pattern: RegExp;
}

/** Not inside of a word: "task-…" is no "sk-…". */
const alone = (source: string): RegExp => new RegExp(`(?<![A-Za-z0-9])(?:${source})`, 'g');
/** Long enough, and mixed: no word, and no name in capitals. Looks ahead a little way only: hostile text must not make it slow. */
const mixed = (least: number): string => `(?=[\\w+/.=-]{0,100}\\d)(?=[\\w+/.=-]{0,100}[A-Za-z])[\\w+/.=-]{${least},}`;

export const PATTERNS: readonly SecretPattern[] = [
  // Also one whose end was cut off.
  { name: 'private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g },
  { name: 'GitHub token', pattern: alone('gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}') },
  { name: 'GitLab token', pattern: alone('gl(?:pat|rt|dt|ptt|cbt|soat|ft|oas|agent)-[\\w-]{20,}') },
  { name: 'API key', pattern: alone('sk-(?=[\\w-]{0,100}\\d)(?=[\\w-]{0,100}[A-Z])[\\w-]{20,}') },
  { name: 'Slack token', pattern: alone('xox[abeoprs]-[\\w-]{10,}|https://hooks\\.slack\\.com/services/[\\w/]{20,}') },
  { name: 'AWS key', pattern: alone('(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])') },
  { name: 'AWS key', pattern: /secret_?access_?key["']?\s{0,3}[:=]\s{0,3}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])/gi },
  { name: 'Google key', pattern: alone('AIza[\\w-]{35}|ya29\\.[\\w-]{20,}') },
  { name: 'Stripe key', pattern: alone('[sr]k_(?:live|test)_[A-Za-z0-9]{16,}') },
  { name: 'npm token', pattern: alone('npm_[A-Za-z0-9]{36}') },
  { name: 'PyPI token', pattern: alone('pypi-[\\w-]{50,}') },
  { name: 'Hugging Face token', pattern: alone('hf_[A-Za-z0-9]{30,}') },
  { name: 'SendGrid key', pattern: alone('SG\\.[\\w-]{16,}\\.[\\w-]{16,}') },
  { name: 'Telegram token', pattern: alone('\\d{8,10}:AA[\\w-]{33}') },
  { name: 'JSON web token', pattern: alone('eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{10,}') },
  { name: 'password', pattern: /:\/\/[^\s/:@"'[\]]{0,100}:(?<secret>[^\s/@"'[\]$<{]{3,200})@/gi },
  {
    name: 'credentials',
    pattern: new RegExp(`authorization["']?\\s{0,3}[:=]\\s{0,3}["']?(?:bearer|basic|token)\\s+(?<secret>[\\w+/.=~-]{8,})`, 'gi'),
  },
  { name: 'credentials', pattern: new RegExp(`(?<![A-Za-z])bearer\\s+(?<secret>${mixed(20)})`, 'gi') },
  // As in the environment: NAME=value.
  {
    name: 'secret',
    pattern: new RegExp(`(?:PASSWORD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)=["']?(?<secret>${mixed(12)})`, 'g'),
  },
];
