//! The shapes that cross between screen and host, as Rust writes them in JSON.

export type Verdict = 'allow' | 'review' | 'block';
export type Category = 'sexual' | 'minors' | 'unjudgeable';
export type Layer = 'lexicon' | 'prompt_model' | 'picture_model' | 'second_opinion' | 'rule';
export interface Reason { layer: Layer; category: Category; part: string; message: string }
export interface Scores { prompt?: number; explicit?: number; suggestive?: number; second?: number }
export interface Finding { verdict: Verdict; reasons?: Reason[]; scores: Scores }
export interface GateVersions { policy: string; models: [string, string][] }
export interface Receipt { content: string; finding: Finding; confirmed: boolean; time: number; versions: GateVersions }

export type Operation = 'generate' | 'stylise' | 'upscale' | 'cut_out';
export type Field = 'prompt' | 'negative_prompt' | 'size' | 'count' | 'seed' | 'style' | 'strength' | 'factor' | 'inputs';
export interface FieldError { pointer: string; message: string; unsupported: boolean }
export type RunsAt = 'service' | { partner: string };
export type PriceRule = 'free' | { per_image: number };
export interface Size { width: number; height: number }
export interface SizeRule { min_side: number; max_side: number; multiple_of: number; default: Size }
export interface CountRange { min: number; max: number }
export interface StyleChoice { id: string; name: string; summary: string }
export interface ModelCard {
  id: string;
  name: string;
  summary: string;
  operation: Operation;
  runs_at: RunsAt;
  fields: Field[];
  size?: SizeRule;
  count: CountRange;
  inputs: CountRange;
  max_input_pixels: number;
  factors?: number[];
  styles?: StyleChoice[];
  price: PriceRule;
  licence: string;
}

export interface InputRef { sha256: string; role: 'init' | 'reference' }
export interface JobRequest {
  operation: Operation;
  model: string;
  prompt?: string;
  negative_prompt?: string;
  size?: Size;
  count: number;
  seed?: string;
  style?: string;
  strength?: number;
  factor?: number;
  inputs?: InputRef[];
  on_unsupported?: 'refuse' | 'drop';
  quote?: string;
  max_cost?: number;
}
export interface Draft { request: JobRequest; confirmed?: boolean; parents?: string[] }
export interface Staged { sha256: string; bytes: number; width: number; height: number; finding: Finding }
export interface Quote { id: string; at_most: number; expires: number; dropped?: Field[] }
export interface Check { faults: FieldError[]; finding: Finding; quote: Quote | null }
export interface Sending { stays_here: boolean; host: string; body: string; fields: string[]; pictures: Staged[]; bytes: number }
export interface Progress { step: number; steps: number }
export type QueueState = 'queued' | 'sending' | 'submitted' | 'done' | 'failed' | 'cancelled';
export interface QueueEntry { id: string; created: number; state: QueueState; running: boolean; progress: Progress | null; draft: Draft }
export interface Warning { kind: 'field_dropped' | 'prompt_part_ignored'; message: string }
export interface Charge { metered: boolean; held: number; settled: number }

export type Code =
  | 'invalid' | 'unreadable_picture' | 'blocked' | 'needs_confirmation' | 'filter_unavailable' | 'price_changed' | 'not_found' | 'library'
  | 'unreachable' | 'offline_locked' | 'upgrade_required' | 'service' | 'cancelled' | 'internal' | 'not_open' | 'keeping' | 'machine';
export interface CommandError { code: Code; message: string; finding?: Finding }

export interface Origin { service: string; job: string; index: number }
export interface Item {
  id: string;
  created_ms: number;
  width: number;
  height: number;
  sha256: string;
  bytes: number;
  format: string;
  favourite: boolean;
  trashed_ms: number | null;
  operation: string;
  model: string;
  title: string;
  prompt: string;
  negative: string;
  params: unknown;
  seed: string | null;
  origin: Origin | null;
  receipts: Receipt[] | null;
  parents: string[];
  report: unknown;
  ai_made: boolean;
}
export interface Cursor { created_ms: number; id: string }
export interface Page { items: Item[]; next: Cursor | null }
export interface Filter { favourites: boolean; trash: boolean }
export interface Listing { words: string; filter: Filter; after: Cursor | null; limit: number }
export interface Usage { items: number; favourites: number; trashed: number; picture_bytes: number; database_bytes: number }
export interface Favourite { item: string; on: boolean }

export interface EgressEnd { ended_ms: number; status: number | null; bytes_in: number; error: string | null; never_sent: boolean }
export interface EgressEntry {
  id: number;
  started_ms: number;
  host: string;
  purpose: string;
  method: string;
  resource: string;
  fields: string[];
  headers: string[];
  bytes_out: number;
  end: EgressEnd | null;
}
export interface EgressFilter { from_ms: number | null; to_ms: number | null; host: string | null; purpose: string | null; before: number | null }
export interface EgressTotal { day: string; host: string; requests: number; bytes_out: number; bytes_in: number }
export interface Connections { filter: EgressFilter; limit: number }
export interface Decision { id: string; time_ms: number; stage: string; verdict: string; category: string; layer: string; policy: string; models: [string, string][] }
export interface Lock { closed: boolean | null }

export interface SavedPrompt { name: string; text: string }
export interface Prompts { saved: SavedPrompt[]; history: string[] }

export type KeyPlace = 'keyring' | 'passphrase' | 'file' | 'memory';
export type KeptIn = { is: 'library'; key: KeyPlace } | { is: 'nothing'; because: string | null };
export type SessionState =
  | { is: 'opening' } | { is: 'open'; keeping: KeptIn } | { is: 'locked'; wrong: boolean } | { is: 'failed'; code: string; message: string };
export type ServiceAt = { is: 'this_computer' } | { is: 'server'; host: string };
export interface Session { version: string; platform: string; locale: string; folder: string; state: SessionState; service: ServiceAt }
export interface KeepIn { key: KeyPlace; passphrase: string | null }
export interface ServerAddress { address: string; token: string | null }
export interface Brought { name: string; staged: Staged | null; error: CommandError | null }
export interface SaveCopies { items: string[]; kind: 'archive' | 'share' }
export interface Saved { folder: string; files: string[] }
export type PlaceKind = 'library' | 'service' | 'settings' | 'logs' | 'models';
export interface Place { kind: PlaceKind; path: string; bytes: number; sealed: boolean }
export interface Licence { name: string; used_for: string; licence: string; source: string }
export type Appearance = 'system' | 'light' | 'dark' | 'contrast';
export interface Settings {
  appearance: Appearance;
  motion: 'system' | 'reduced';
  text_size: number;
  language: string;
  shortcuts: Record<string, string>;
  notify: 'background' | 'never';
  offline: boolean;
  screen: Record<string, string>;
}

export interface Outcome { kept: string[]; stopped: Finding[]; warnings: Warning[]; charge: Charge }
export type StudioEvent =
  | { type: 'queued'; queue: string; operation: Operation }
  | { type: 'submitted'; queue: string; job: unknown }
  | { type: 'progress'; queue: string; progress: Progress }
  | { type: 'kept'; queue: string; item: string }
  | { type: 'ended'; queue: string; error: CommandError | null; outcome: Outcome | null }
  | { type: 'session'; session: Session }
  | { type: 'dragging'; over: boolean }
  | { type: 'brought'; pictures: Brought[] };

/** Every command: what it takes and what it answers. */
export interface Commands {
  models: [null, ModelCard[]];
  draft_check: [Draft, Check];
  draft_preview: [Draft, Sending];
  draft_submit: [Draft, string];
  draft_unstage: [string, null];
  queue_list: [null, QueueEntry[]];
  queue_cancel: [string, null];
  queue_resume: [null, string[]];
  library_list: [Listing, Page];
  library_usage: [null, Usage];
  library_show: [string, Item];
  library_draft: [string, Draft];
  library_stage: [string, Staged];
  library_favourite: [Favourite, null];
  library_delete: [string, null];
  library_restore: [string, null];
  library_erase: [string[], number];
  prompts: [null, Prompts];
  prompts_set: [Prompts, null];
  egress_list: [Connections, EgressEntry[]];
  egress_totals: [EgressFilter, EgressTotal[]];
  decisions_list: [number, Decision[]];
  offline_lock: [Lock, Lock];
  session: [null, Session];
  session_unlock: [string, Session];
  session_keep: [KeepIn, Session];
  server_connect: [ServerAddress, Session];
  server_leave: [null, Session];
  settings: [null, Settings];
  settings_set: [Settings, null];
  storage: [null, Place[]];
  licences: [null, Licence[]];
  folder_show: [PlaceKind, null];
  pictures_pick: [null, Brought[]];
  picture_paste: [null, Brought[]];
  picture_copy: [string, null];
  pictures_save: [SaveCopies, Saved | null];
}
