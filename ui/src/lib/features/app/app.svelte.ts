//! The running program as the screen sees it: its parts, opened in order, and what they tell each other.

import { getContext, setContext } from 'svelte';
import { Toasts } from '../../components/toasts.svelte';
import { type About, type AccountKey, type AccountsSeen, type ArchiveProgress, type Brought, type CommandError, type ConsentText, type Credits, type HistorySeen, type Host, HostError, type ModelCard, type Session, type Settings, type Spent, type StudioEvent, type WipeReceipt } from '../../host';
import { closest, m, speak } from '../../i18n';
import { Compose } from '../create/compose.svelte';
import { History } from '../create/history.svelte';
import { Queue, type Work } from '../create/queue.svelte';
import { Shelf } from '../library/shelf.svelte';
import type { Ledger } from '../privacy/ledger.svelte';

export const USUAL: Settings = {
  appearance: 'system', motion: 'system', text_size: 0, language: '', shortcuts: {}, notify: 'background', offline: false, session_cap: null, screen: {}
};

const STILL_OPENING_MS = 700;

export class App {
  session = $state.raw<Session | null>(null);
  settings = $state.raw<Settings>(USUAL);
  models = $state.raw<ModelCard[]>([]);
  /** Why the models cannot be told. */
  modelsError = $state.raw<CommandError | null>(null);
  /** What the account has at its service; `null` while nobody told, or where credits are not counted. */
  credits = $state.raw<Credits | null>(null);
  /** What this run of the program has spent, and the most it may. */
  spent = $state.raw<Spent | null>(null);
  locked = $state(false);
  sentToday = $state<number | null>(null);
  locale = $state('en');
  /** Whether a language is loaded, so that something can be said. */
  spoken = $state(false);
  dragging = $state(false);
  /** How far an export or import of everything is. */
  archive = $state.raw<ArchiveProgress | null>(null);
  /** How far the service's part of an export of everything is. */
  servicePart = $state.raw<{ done: number; total: number } | null>(null);
  /** What an account makes on other devices, as far as it came here; heard last. */
  elsewhere = $state.raw<{ account: AccountKey; seen: HistorySeen } | null>(null);
  about = $state.raw<{ host: string; said: About } | null>(null);
  /** Whether the texts of the service in use are to be accepted. */
  termsOpen = $state(false);
  /** Pictures that were brought in outside of Create: the person is asked what they are for. */
  offered = $state.raw<Brought[]>([]);
  /** The consent that is offered. */
  asking = $state.raw<ConsentText | null>(null);
  /** What a wipe of this device came to, until it has been read. */
  receipt = $state.raw<WipeReceipt | null>(null);
  /** The picture that is remixed, until something is made of it. */
  remixed = $state<string | null>(null);
  paletteOpen = $state(false);
  keepingOpen = $state(false);
  helpOpen = $state(false);

  readonly toasts = new Toasts();
  readonly compose: Compose;
  readonly history: History;
  readonly queue: Queue;
  readonly shelf: Shelf;
  /** Made when it is first looked at. */
  ledger: Ledger | null = null;
  /** Set by the layout: whether Create is in front. */
  inCreate: () => boolean = () => true;
  /** Set by the layout: says in words how a work ended. */
  announce: (work: Work) => void = () => {};
  accounts = $state.raw<AccountsSeen | null>(null);
  /** Counts what was heard of accounts and sign-ins. */
  accountsChanged = $state(0);
  /** Counts what was told without being asked. */
  private accountsTold = 0;
  private opened = false;
  private back: { toast: number; run: () => Promise<void> } | null = null;

  constructor(readonly host: Host) {
    this.compose = new Compose(host);
    this.history = new History(host);
    this.queue = new Queue(host);
    this.shelf = new Shelf(host);
    this.queue.kept = (item) => {
      this.shelf.arrived(item);
      void this.mayAsk();
    };
    this.queue.unaccepted = () => (this.termsOpen = true);
    this.queue.ended = (work) => {
      this.announce(work);
      void this.count();
      void this.loadCredits();
    };
  }

  open = $derived(this.session?.state.is === 'open');
  /** Whether what is made is forgotten at the end. */
  forgetful = $derived(this.session?.state.is === 'open' && this.session.state.keeping.is === 'nothing');
  local = $derived(this.session?.service.is !== 'server');

  /** Before the first frame: how the program looks and which language it speaks. */
  async begin(): Promise<void> {
    const [settings, session] = await Promise.all([
      this.host.call('settings', null).catch(() => USUAL),
      this.host.call('session', null).catch(() => null)
    ]);
    this.settings = { ...USUAL, ...settings };
    const own = typeof navigator === 'undefined' ? [] : navigator.languages;
    const language = closest(this.settings.language || undefined, ...(this.settings.language ? [] : [session?.locale, ...own]));
    await speak(language);
    this.locale = language.locale;
    this.spoken = true;
    this.host.listen((event) => this.hear(event));
    if (session) await this.stands(session);
  }

  private hear(event: StudioEvent): void {
    if (event.type === 'session') void this.stands(event.session);
    else if (event.type === 'accounts') {
      this.accountsTold += 1;
      this.accountsStand(event.accounts);
    } else if (event.type === 'dragging') this.dragging = event.over;
    else if (event.type === 'archive') this.archive = event.progress;
    else if (event.type === 'service_part') this.servicePart = { done: event.done, total: event.total };
    else if (event.type === 'brought') this.brought(event.pictures);
    else if (event.type === 'spent') this.spends(event.spent);
    else if (event.type === 'history') this.broughtHistory(event.account, event.history);
    else {
      // The service answers again: what stands there has a price.
      if (event.type === 'submitted' && this.compose.waits) this.compose.changed();
      void this.queue.hear(event);
    }
  }

  /** Takes over how far the account's history came; pictures that came or went are shown at the end. */
  private broughtHistory(account: AccountKey, seen: HistorySeen): void {
    this.elsewhere = { account, seen };
    if (!seen.under_way) void this.shelf.moved();
  }

  /** Takes over how the accounts stand; a device nobody has seen before is told. */
  accountsStand(seen: AccountsSeen): void {
    const strange = (one: AccountsSeen | null): number => one?.accounts.reduce((sum, account) => sum + account.new_devices.length, 0) ?? 0;
    const more = strange(seen) > strange(this.accounts);
    this.accounts = seen;
    this.accountsChanged += 1;
    if (more) this.strange();
  }

  /** Asks how the accounts stand. An answer that something newer has overtaken is not taken, but asked for again. */
  async loadAccounts(): Promise<void> {
    for (;;) {
      const told = this.accountsTold;
      const seen = await this.host.call('accounts', null);
      if (told === this.accountsTold) return this.accountsStand(seen);
    }
  }

  /** Set by the layout: says that a device signed in. */
  strange: () => void = () => {};

  /** Takes over how the program stands, and once the library is open, what is in it. */
  async stands(session: Session): Promise<void> {
    const before = this.session;
    this.session = session;
    if (session.state.is !== 'open') {
      this.opened = false;
      if (session.state.is === 'opening') setTimeout(() => void this.look(), STILL_OPENING_MS);
      return;
    }
    // Another service has other models; pictures that are kept from now on have other names.
    const said = (one: Session): string => JSON.stringify([one.service, one.state, one.account]);
    const elsewhere = before && said(before) !== said(session);
    if (this.opened && !elsewhere) return;
    this.opened = true;
    await Promise.all([this.loadModels(), this.history.load().catch(() => {}), this.queue.resume().catch(() => {}), this.shelf.begin(), this.count(), this.lock(null), this.loadCredits(), this.host.call('spent', null).then((spent) => (this.spent = spent), () => {}), this.loadAccounts().catch(() => {}), this.host.call('wipe_receipt', null).then((receipt) => (this.receipt = receipt), () => {})]);
    if (this.shelf.usage && this.shelf.usage.items > 0 && this.history.used[0] && this.compose.prompt) this.compose.changed();
  }

  /** The word that it is open may have come before anybody listened. */
  private async look(): Promise<void> {
    if (this.session?.state.is !== 'opening') return;
    const session = await this.host.call('session', null).catch(() => null);
    if (session && this.session.state.is === 'opening') await this.stands(session);
  }

  /** Who runs the service in use. A server is asked once: each question is a connection. */
  async loadAbout(anew = false): Promise<void> {
    const host = this.session?.service.is === 'server' ? this.session.service.host : '';
    if (!anew && this.about?.host === host) return;
    this.about = null;
    const said = await this.host.call('service_about', null);
    this.about = { host, said };
  }

  async loadModels(): Promise<void> {
    try {
      this.models = await this.host.call('models', null);
      this.modelsError = null;
      this.compose.modelId ||= this.settings.screen['model'] ?? '';
      this.compose.offer(this.models);
    } catch (thrown) {
      this.modelsError = HostError.from(thrown).detail;
    }
  }

  /** What left this computer today, summed from the ledger's rows. */
  async count(): Promise<void> {
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    try {
      const totals = await this.host.call('egress_totals', { from_ms: midnight.getTime(), to_ms: null, host: null, purpose: null, before: null });
      this.sentToday = totals.reduce((sum, one) => sum + one.bytes_out, 0);
    } catch {
      this.sentToday = null;
    }
  }

  /** What can be spent, asked again whenever it may have changed. This computer counts nothing. */
  async loadCredits(): Promise<void> {
    const credits = this.local ? null : await this.host.call('credits', null).catch(() => this.credits);
    this.credits = credits?.metered ? credits : null;
  }

  /** Takes over what was spent; says so once when little of the limit is left. */
  private spends(spent: Spent): void {
    const before = this.spent?.near ?? false;
    this.spent = spent;
    if (spent.near && !before) this.nearCap(spent);
  }

  /** Set by the layout: says in words that little of the session's limit is left. */
  nearCap: (spent: Spent) => void = () => {};

  async lock(closed: boolean | null): Promise<void> {
    const lock = await this.host.call('offline_lock', { closed });
    const before = this.locked;
    this.locked = lock.closed ?? false;
    // Whether a price can be asked has changed.
    if (closed !== null && this.locked !== before && !this.local) this.compose.changed();
  }

  async set(change: Partial<Settings>): Promise<void> {
    const before = this.settings;
    this.settings = { ...before, ...change };
    await this.host.call('settings_set', this.settings);
  }

  /** After the first picture from a server is kept, each consent is offered once, and never again by itself. On this computer alone there is nobody
   * anything could go to, so nothing is asked. */
  private async mayAsk(): Promise<void> {
    if (this.local || this.asking || this.settings.screen['asked_consent']) return;
    const texts = await this.host.call('consent_texts', this.locale).catch(() => []);
    this.asking = texts.find((text) => text.purpose === 'usage_statistics') ?? null;
    if (this.asking) this.remember('asked_consent', 'yes');
  }

  /** Goes on with everything that waited for the texts of its service. */
  async goOn(): Promise<void> {
    const waited = this.queue.works.filter((one) => one.state === 'stranded' && one.error?.code === 'acceptance_needed');
    for (const one of waited) await this.queue.again(one.id);
  }

  remember(name: string, value: string): void {
    if (this.settings.screen[name] === value) return;
    void this.set({ screen: { ...this.settings.screen, [name]: value } }).catch(() => {});
  }

  async speak(locale: string): Promise<void> {
    await this.set({ language: locale });
    const language = closest(locale || undefined, ...(locale ? [] : [this.session?.locale, ...navigator.languages]));
    await speak(language);
    this.locale = language.locale;
  }

  /** Says what was done; the message's button and the keys for it take it back, once. */
  undoable(text: string, run: () => Promise<void>): void {
    const toast = this.toasts.show(text, { action: { label: m.undo(), run: () => void this.undo() } });
    this.back = { toast, run };
  }

  /** Takes back what was done last; answers whether there was something. */
  undo(): boolean {
    const last = this.back;
    this.back = null;
    if (!last) return false;
    this.toasts.close(last.toast);
    void last.run();
    return true;
  }

  /** Takes over pictures that were dropped, pasted or chosen. */
  brought(pictures: Brought[]): void {
    this.dragging = false;
    if (!pictures.length) return;
    if (this.inCreate() && this.compose.has('inputs')) this.compose.bring(pictures);
    else if (pictures.some((one) => one.staged)) this.offered = pictures;
    this.refused(pictures);
  }

  /** Set by the layout: says in words why pictures cannot be used. */
  refused: (pictures: Brought[]) => void = () => {};
}

const KEY = Symbol('app');
export const provideApp = (app: App): App => setContext(KEY, app);
export const useApp = (): App => getContext<App>(KEY);
