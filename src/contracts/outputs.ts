// What sessions give back besides prose, by one tool for each kind. The schemas are in outputs-schema.ts; what a session claims about
// files and commits is checked against git by whoever uses it.

export type OutputKind = 'classification' | 'handOver' | 'findings';

export interface Classification {
  readonly taskComplexity: 'Small' | 'Medium' | 'Large';
  readonly riskLevel: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly touchesUI: boolean;
  readonly touchesArchitecture: boolean;
  readonly touchesSecurity: boolean;
  readonly taskMaturity: 'idea' | 'rough' | 'specced' | 'ready' | 'code-complete';
  /** One line for each of the above, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface HandOver {
  readonly commit: { readonly type: string; readonly title: string; readonly body: string };
  /** For people: title and the repository's template, filled in. */
  readonly request: { readonly title: string; readonly description: string };
  readonly files: readonly string[];
  /** What was changed beyond the goal, and why. */
  readonly outsideTheGoal: readonly { readonly file: string; readonly why: string }[];
  /** Answers to comments, by the id under which each was given to the session. */
  readonly replies: readonly { readonly to: string; readonly text: string }[];
}

export type Severity = 'critical' | 'major' | 'minor' | 'nit';
export type Category = 'correctness' | 'security' | 'architecture' | 'design' | 'performance' | 'tests' | 'style';

export interface Finding {
  readonly severity: Severity;
  readonly category: Category;
  readonly file: string;
  readonly line: number | null;
  readonly title: string;
  readonly detail: string;
  readonly suggestion: string | null;
}

export interface Findings {
  readonly findings: readonly Finding[];
  /** What became of the findings that the reviewer was asked to verify. */
  readonly verified: readonly {
    readonly fingerprint: string;
    readonly state: 'fixed' | 'open' | 'false positive';
    readonly reason: string;
  }[];
}

export type Output =
  | { readonly kind: 'classification'; readonly value: Classification }
  | { readonly kind: 'handOver'; readonly value: HandOver }
  | { readonly kind: 'findings'; readonly value: Findings };

/** The tool by which a session gives its output. */
export const OUTPUT_TOOLS: Readonly<Record<OutputKind, string>> = {
  classification: 'classify',
  handOver: 'hand_over',
  findings: 'report_findings',
};
