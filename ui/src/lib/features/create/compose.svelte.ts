//! What a person composes: the fields of the chosen model, its live verdict and price, and handing it in.
//!
//! Knows no DOM and no words; what it says is codes and findings.

import {
  type Brought, type Check, type CommandError, type Draft, type Field, type Finding, type Host, HostError, type JobRequest, type ModelCard, type Operation, type Plan,
  type Size, type Staged
} from '../../host';
import { FIRST_PROMPT } from './ideas';
import { type Aspect, type Scale, sizeFor } from './sizes';
import { expand, hasChoices, type Pick, chance } from './wildcards';

export interface Input {
  staged: Staged;
  name: string;
  /** It is one of the library's, which keeps nothing of where and with what a photo was taken. */
  kept?: boolean;
}

export type Verdict =
  | { is: 'empty' }
  | { is: 'waiting' }
  | { is: 'incomplete'; field: Field }
  | { is: 'checking' }
  | { is: 'allow' }
  | { is: 'review'; finding: Finding; where: 'prompt' | 'picture' }
  | { is: 'block'; finding: Finding; where: 'prompt' | 'picture' }
  | { is: 'faulty'; fields: string[] }
  | { is: 'failed'; error: CommandError };

/** The pause in typing after which a draft is checked. */
const PAUSE_MS = 220;
export const MAX_PROMPT = 4_000;

export interface Surroundings {
  pick: Pick;
  screen: () => Size;
  seed: () => string;
  later: (work: () => void, ms: number) => unknown;
  forget: (timer: unknown) => void;
}

const AMBIENT: Surroundings = {
  pick: chance,
  screen: () => ({ width: globalThis.screen?.width || 1920, height: globalThis.screen?.height || 1080 }),
  seed: () => String(Math.floor(Math.random() * 2 ** 32)),
  later: (work, ms) => setTimeout(work, ms),
  forget: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>)
};

export class Compose {
  models = $state.raw<ModelCard[]>([]);
  modelId = $state('');
  prompt = $state(FIRST_PROMPT);
  negative = $state('');
  aspect = $state<Aspect>('1:1');
  scale = $state<Scale>('medium');
  count = $state(1);
  seedLocked = $state(false);
  seed = $state('');
  style = $state('');
  strength = $state(100);
  factor = $state(2);
  inputs = $state.raw<Input[]>([]);
  check = $state.raw<Check | null>(null);
  failure = $state.raw<CommandError | null>(null);
  checking = $state(false);
  submitting = $state(false);
  /** Whether the example stands there and nobody has done anything yet. It is checked then: until somebody is there, no network need be loaded. */
  waiting = $state(false);
  /** What the model would make of the words, where it tells; `null` while unknown. */
  plan = $state.raw<Plan | null>(null);
  /** What the choices in braces came to, one text for each picture; empty where there are none. */
  chosen = $state.raw<string[]>([]);

  card = $derived(this.models.find((one) => one.id === this.modelId) ?? this.models[0] ?? null);
  operation = $derived<Operation>(this.card?.operation ?? 'generate');
  size: Size | null;

  private timer: unknown = null;
  /** Counts the questions; only the answer to the latest one counts. */
  private asked = 0;
  private begun = false;
  /** The words and the count that `chosen` was made for. */
  private chosenFor = '';

  constructor(
    private readonly host: Host,
    private readonly around: Surroundings = AMBIENT
  ) {
    this.size = $derived(this.card?.size && this.has('size') ? sizeFor(this.card.size, this.aspect, this.scale, around.screen()) : null);
  }

  has(field: Field): boolean {
    return this.card?.fields.includes(field) ?? false;
  }

  /** Takes over the models that can be used. */
  offer(models: ModelCard[]): void {
    this.models = models;
    if (!models.some((one) => one.id === this.modelId)) this.modelId = models[0]?.id ?? '';
    this.settle(!this.begun);
  }

  /** Somebody is there. */
  begin(): void {
    if (this.waiting) this.changed();
  }

  choose(modelId: string): void {
    this.modelId = modelId;
    this.settle();
  }

  chooseOperation(operation: Operation): void {
    const card = this.models.find((one) => one.operation === operation);
    if (card) this.choose(card.id);
  }

  /** Brings every value into what the card allows. */
  private settle(waiting = false): void {
    const card = this.card;
    if (!card) return;
    this.count = Math.min(Math.max(this.count, card.count.min), card.count.max);
    if (card.styles?.length && !card.styles.some((one) => one.id === this.style)) this.style = card.styles[0]?.id ?? '';
    if (card.factors?.length && !card.factors.includes(this.factor)) this.factor = card.factors[0] ?? 2;
    if (waiting) this.waiting = true;
    else this.changed();
  }

  /** What the draft lacks before it can be asked about; `null` when nothing. */
  get lacks(): Field | null {
    if (this.has('prompt') && !this.prompt.trim()) return 'prompt';
    if (this.has('inputs') && this.inputs.length < (this.card?.inputs.min ?? 0)) return 'inputs';
    return null;
  }

  /** The texts that are sent: the words as they stand, or each way the choices in them were made. */
  get texts(): string[] {
    return this.chosen.length ? this.chosen : [this.prompt.trim()];
  }

  /** The request for one of the texts, with only the fields the model understands. */
  request(prompt = this.texts[0] ?? ''): JobRequest {
    const card = this.card;
    const request: JobRequest = { operation: this.operation, model: card?.id ?? '', count: card?.count.max === 1 ? 1 : this.count, on_unsupported: 'refuse', max_cost: this.price ?? 0 };
    if (this.chosen.length) {
      request.count = 1;
      request.max_cost = Math.ceil(request.max_cost / this.chosen.length);
    }
    if (this.has('prompt')) request.prompt = prompt;
    if (this.has('negative_prompt') && this.negative.trim()) request.negative_prompt = this.negative.trim();
    if (this.size) request.size = this.size;
    if (this.has('seed') && this.seedLocked && this.seed) request.seed = this.seed;
    if (this.has('style')) request.style = this.style;
    if (this.has('strength')) request.strength = this.strength;
    if (this.has('factor')) request.factor = this.factor;
    if (this.has('inputs') && this.inputs.length && card) {
      request.inputs = this.inputs.slice(0, card.inputs.max).map(({ staged }) => ({ sha256: staged.sha256, role: 'init' as const }));
    }
    return request;
  }

  /** The most it can cost, in milli-credits; `null` while unknown. */
  get price(): number | null {
    if (this.check?.quote) return this.check.quote.at_most;
    if (this.check?.estimate != null) return this.check.estimate;
    const rule = this.card?.price;
    if (!rule) return null;
    if (rule === 'free') return 0;
    // What depends on sizes is told by the service.
    return 'per_image' in rule ? rule.per_image * this.count : null;
  }

  /** Whether the service cannot be asked now: handed in, the draft waits for it. */
  get waits(): boolean {
    return this.check?.estimate != null;
  }

  get verdict(): Verdict {
    const lacks = this.lacks;
    const ofInputs = this.has('inputs') ? this.inputs.map((one) => one.staged.finding) : [];
    const worst = ofInputs.find((one) => one.verdict === 'block') ?? ofInputs.find((one) => one.verdict === 'review');
    if (worst?.verdict === 'block') return { is: 'block', finding: worst, where: 'picture' };
    if (lacks === 'prompt') return { is: 'empty' };
    if (lacks) return { is: 'incomplete', field: lacks };
    if (this.failure) return { is: 'failed', error: this.failure };
    if (this.waiting) return { is: 'waiting' };
    if (this.checking || !this.check) return { is: 'checking' };
    const { finding, faults } = this.check;
    if (finding.verdict === 'block') return { is: 'block', finding, where: 'prompt' };
    if (faults.length) return { is: 'faulty', fields: faults.map((one) => one.pointer.replace(/^\//, '')) };
    if (finding.verdict === 'review') return { is: 'review', finding, where: 'prompt' };
    if (worst) return { is: 'review', finding: worst, where: 'picture' };
    return { is: 'allow' };
  }

  /** Something was changed: ask again after a pause. An answer under way no longer counts. */
  changed(): void {
    this.begun = true;
    this.waiting = false;
    this.around.forget(this.timer);
    this.asked += 1;
    this.failure = null;
    this.settleChoices();
    if (this.lacks || !this.card) {
      this.check = null;
      this.plan = null;
      this.checking = false;
      return;
    }
    this.checking = true;
    this.timer = this.around.later(() => void this.ask(), PAUSE_MS);
  }

  /** Makes the choices in braces, anew when the words or the count have changed. */
  private settleChoices(anew = false): void {
    const open = this.has('prompt') && hasChoices(this.prompt);
    const now = open ? `${this.count} ${this.prompt}` : '';
    if (now === this.chosenFor && !anew) return;
    this.chosenFor = now;
    const [text, chosen]: [string, string[]] = [this.prompt.trim(), []];
    while (open && chosen.length < this.count) {
      let one = expand(text, this.around.pick);
      // No picture twice, as long as chance has another.
      for (let tries = 0; tries < 8 && chosen.includes(one); tries++) one = expand(text, this.around.pick);
      chosen.push(one);
    }
    this.chosen = chosen;
  }

  /** Makes the choices in braces once more. */
  chooseAgain(): void {
    this.settleChoices(true);
    this.changed();
  }

  /** Asks now: about every text that would be sent, since the check must see what the model will. */
  async ask(): Promise<void> {
    this.around.forget(this.timer);
    const mine = ++this.asked;
    this.checking = true;
    try {
      const texts = [...new Set(this.texts)];
      const checks = await Promise.all(texts.map((text) => this.host.call('draft_check', { request: this.request(text) })));
      if (mine !== this.asked) return;
      this.failure = null;
      this.check = together(checks, this.chosen.length || 1);
      this.checking = false;
      if (this.check?.finding.verdict === 'allow') await this.look(mine);
      else this.plan = null;
    } catch (thrown) {
      if (mine === this.asked) {
        this.check = null;
        this.plan = null;
        this.failure = HostError.from(thrown).detail;
      }
    } finally {
      if (mine === this.asked) this.checking = false;
    }
  }

  /** Learns what the model would make of the words. Only an aid: where it fails, there are no chips. */
  private async look(mine: number): Promise<void> {
    const plan = this.card?.plans ? await this.host.call('draft_plan', { request: this.request() }).catch(() => null) : null;
    if (mine === this.asked) this.plan = plan;
  }

  /** The drafts that handing it in would make: one, or one a picture where the prompt leaves choices open. */
  drafts(confirmed: boolean): Draft[] {
    if (!this.chosen.length) return [{ request: this.request(), confirmed }];
    const seed = this.seedLocked && this.seed ? BigInt(this.seed) : null;
    return this.chosen.map((text, index) => {
      const request = this.request(text);
      if (seed !== null) request.seed = String(BigInt.asUintN(64, seed + BigInt(index)));
      return { request, confirmed };
    });
  }

  /** Hands it in. Throws a `HostError` when nothing was accepted; what was accepted before is told all the same. */
  async submit(confirmed: boolean, accepted: (id: string, draft: Draft) => void): Promise<void> {
    if (this.submitting) return;
    this.submitting = true;
    try {
      for (const draft of this.drafts(confirmed)) accepted(await this.host.call('draft_submit', draft), draft);
      if (this.chosen.length) this.chooseAgain();
    } catch (thrown) {
      throw HostError.from(thrown);
    } finally {
      this.submitting = false;
    }
  }

  lockSeed(seed: string): void {
    this.seedLocked = true;
    this.seed = seed;
    this.changed();
  }

  toggleSeed(): void {
    this.seedLocked = !this.seedLocked;
    if (this.seedLocked && !this.seed) this.seed = this.around.seed();
    this.changed();
  }

  /** Takes over pictures that were brought in, or are `kept` in the library; answers those that cannot be used. */
  bring(pictures: Brought[], kept = false): Brought[] {
    const usable = pictures.flatMap(({ staged, name }) => (staged ? [{ staged, name, kept }] : []));
    const most = this.card?.inputs.max || 1;
    if (usable.length) {
      const others = this.inputs.filter((one) => !usable.some((two) => two.staged.sha256 === one.staged.sha256));
      this.inputs = [...others, ...usable].slice(-most);
      this.changed();
    }
    return pictures.filter((one) => !one.staged);
  }

  removeInput(sha256: string): void {
    this.inputs = this.inputs.filter((one) => one.staged.sha256 !== sha256);
    void this.host.call('draft_unstage', sha256).catch(() => {});
    this.changed();
  }

  /** Takes over a draft: all of it, or only its seed or style. */
  take(request: JobRequest, part: 'all' | 'seed' | 'style'): void {
    if (part === 'seed') {
      // A seed is of use, and seen, only where there is one to be set.
      if (!this.has('seed') && this.models.some((one) => one.id === request.model)) this.modelId = request.model;
      if (request.seed) this.lockSeed(request.seed);
      this.settle();
      return;
    }
    if (part === 'style') {
      const card = this.models.find((one) => one.operation === 'stylise');
      if (card) this.modelId = card.id;
    } else if (this.models.some((one) => one.id === request.model)) {
      this.modelId = request.model;
    }
    if (part === 'all') {
      this.prompt = request.prompt ?? '';
      this.negative = request.negative_prompt ?? '';
      this.count = request.count;
      this.seedLocked = Boolean(request.seed);
      this.seed = request.seed ?? '';
      if (request.factor) this.factor = request.factor;
      if (request.size) this.takeSize(request.size);
    }
    if (request.style) this.style = request.style;
    if (request.strength != null) this.strength = request.strength;
    this.settle();
  }

  private takeSize(size: Size): void {
    const rule = this.card?.size;
    if (!rule) return;
    const aspects: Aspect[] = ['1:1', '4:3', '3:2', '16:9', '3:4', '2:3', '9:16', 'screen'];
    for (const aspect of aspects) {
      for (const scale of ['medium', 'small', 'large'] as const) {
        const offered = sizeFor(rule, aspect, scale, this.around.screen());
        if (offered.width === size.width && offered.height === size.height) {
          this.aspect = aspect;
          this.scale = scale;
          return;
        }
      }
    }
  }
}

const WORST = ['allow', 'review', 'block'] as const;

/** What several checks say as one: every fault, the worst finding, and the price of all `pictures`. */
function together(checks: Check[], pictures: number): Check | null {
  const [first] = checks;
  if (!first) return null;
  const worst = checks.reduce((a, b) => (WORST.indexOf(b.finding.verdict) > WORST.indexOf(a.finding.verdict) ? b : a));
  const faults = checks.find((one) => one.faults.length)?.faults ?? [];
  const quote = first.quote && { ...first.quote, at_most: first.quote.at_most * pictures };
  return { faults, finding: worst.finding, quote, estimate: first.estimate == null ? null : first.estimate * pictures };
}
