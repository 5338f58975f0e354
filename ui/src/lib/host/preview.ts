//! An in-memory host to look at the screen with. Part of development and of builds to look at, never of the product.

import type {
  About, AccountsSeen, BillingSeen, CommandError, Commands, ConsentRecord, CreditEntry, DeletionSeen, Device, Draft, EgressEntry, EgressTotal, Explained, Filter, Finding, HistorySeen, Item, ModelCard, Order, Profile, Prompts, SafetyCard, Session, Settings, Staged, StudioEvent
} from './bindings';
import { type Host, HostError } from './host';

const ALLOW: Finding = { verdict: 'allow', scores: { prompt: 0.012 } };
const finding = (verdict: 'review' | 'block', part: string): Finding => ({
  verdict,
  reasons: [{ layer: 'lexicon', category: 'sexual', part, message: 'This may be taken for sexual content.' }],
  scores: { prompt: 0.71 }
});

const style = (id: string, name: string, summary: string) => ({ id, name, summary });
const CARDS: ModelCard[] = [
  {
    id: 'local/scene', name: 'Scene', summary: 'Arranges 3-D drawings. For photos or paintings choose another model.', operation: 'generate', runs_at: 'service',
    fields: ['prompt', 'size', 'count', 'seed'], size: { min_side: 64, max_side: 2048, multiple_of: 8, default: { width: 1024, height: 1024 } },
    count: { min: 1, max: 4 }, inputs: { min: 0, max: 0 }, max_input_pixels: 50_000_000, plans: true, price: 'free', licence: 'MIT (drawings), Apache-2.0 (text model)'
  },
  {
    id: 'local/style-26', name: 'Style', summary: 'Redraws a picture in one of its styles.', operation: 'stylise', runs_at: 'service',
    fields: ['style', 'strength', 'inputs'], count: { min: 1, max: 1 }, inputs: { min: 1, max: 1 }, max_input_pixels: 50_000_000, price: 'free', licence: 'BSD-3-Clause',
    styles: [
      style('starry-strokes', 'Starry strokes', 'Swirling strokes of deep blue and warm yellow.'),
      style('woodblock-wave', 'Woodblock wave', 'Navy, foam and cream, like a woodblock print of the sea.'),
      style('golden-hour', 'Golden hour', 'Ochre and pale blue brushwork on rough canvas.'),
      style('coloured-pencil', 'Coloured pencil', 'Fine teal and pink pencil lines on white paper.'),
      style('porcelain', 'Porcelain', 'A calm glaze of pale blue and blush.'),
      style('old-engraving', 'Old engraving', 'Sepia lines and stipple on gold and ivory paper.'),
      style('autumn-fire', 'Autumn fire', 'Fiery orange strokes with violet shadows.'),
      style('lilac-pastel', 'Lilac pastel', 'Soft chalk in lilac, apricot and sky blue.'),
      style('charcoal-peach', 'Charcoal and peach', 'Charcoal shadows on pale paper with a touch of peach.'),
      style('ink-and-slate', 'Ink and slate', 'Dark ink outlines over slate blue and cream, with sparks of red.'),
      style('crimson-gold', 'Crimson and gold', 'Thick paint in deep red, gold and light blue.'),
      style('stained-glass', 'Stained glass', 'Pastel facets between fine dark contours.')
    ]
  },
  {
    id: 'local/upscale', name: 'Enlarge', summary: 'Makes a picture 2 or 4 times larger with clean edges.', operation: 'upscale', runs_at: 'service',
    fields: ['factor', 'inputs'], count: { min: 1, max: 1 }, inputs: { min: 1, max: 1 }, max_input_pixels: 50_000_000, factors: [2, 4], price: 'free', licence: 'BSD-3-Clause'
  },
  {
    id: 'local/cutout', name: 'Cut out', summary: 'Keeps the main thing of a picture and makes the rest transparent.', operation: 'cut_out', runs_at: 'service',
    fields: ['inputs'], count: { min: 1, max: 1 }, inputs: { min: 1, max: 1 }, max_input_pixels: 50_000_000, price: 'free', licence: 'Apache-2.0'
  }
];

const ENTRIES: CreditEntry[] = [
  { id: 'E9', sequence: 9, kind: 'hold', time: 0, amount: -4_000, available: 38_500, held: 4_000, job: 'J3', model: 'example/large', at_most: 4_000 },
  { id: 'E8', sequence: 8, kind: 'expiry', time: 0, amount: -1_250, available: 42_500, held: 0 },
  { id: 'E7', sequence: 7, kind: 'release', time: 0, amount: 6_000, available: 43_750, held: 0, job: 'J2', model: 'example/large', at_most: 6_000, charged: 0 },
  { id: 'E6', sequence: 6, kind: 'hold', time: 0, amount: -6_000, available: 37_750, held: 6_000, job: 'J2', model: 'example/large', at_most: 6_000, charged: 0 },
  { id: 'E5', sequence: 5, kind: 'reversal', time: 0, amount: -10_000, available: 43_750, held: 0 },
  { id: 'E4', sequence: 4, kind: 'charge', time: 0, amount: 1_500, available: 53_750, held: 0, job: 'J1', model: 'example/small', at_most: 6_000, charged: 4_500 },
  { id: 'E3', sequence: 3, kind: 'hold', time: 0, amount: -6_000, available: 52_250, held: 6_000, job: 'J1', model: 'example/small', at_most: 6_000, charged: 4_500 },
  { id: 'E2', sequence: 2, kind: 'grant', time: 0, amount: 48_250, available: 58_250, held: 0 },
  { id: 'E1', sequence: 1, kind: 'grant', time: 0, amount: 10_000, available: 10_000, held: 0, expires: 0, note: 'Welcome to the studio' }
];

const PROMPTS = [
  'a fox in a snowy forest at night under a full moon', 'three owls on a branch in an autumn forest', 'a sailing boat on a stormy sea at sunset',
  'a robot watering flowers in a garden', 'a castle on a hill under the northern lights', 'two cats on a car in the rain', 'a whale under the sea',
  'a lighthouse on a rocky coast in the morning'
];

/** How often a draft is checked depends on the moment; what is shown must not, so every quote has the same name. */
const QUOTE = '01PREVIEWQ0000000000000001';
let made = 0;
const id = (kind: string) => `01PREVIEW${kind}${String(++made).padStart(14, '0')}`.slice(0, 26);
/** The same for the same word: what a stand-in picture is drawn from. */
const hash = (text: string) => [...text].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) >>> 0, 7);

/** A stand-in picture: sky, hill, sun. */
function drawing(name: string): string {
  const n = hash(name);
  const night = n % 3 === 0;
  const hue = n % 360;
  const sky = night ? `hsl(${230 + (n % 30)} 45% 18%)` : `hsl(${195 + (n % 40)} 60% ${70 + (n % 12)}%)`;
  const hill = night ? `hsl(${hue} 20% 28%)` : `hsl(${(hue % 90) + 70} 35% 48%)`;
  const far = night ? `hsl(${hue} 18% 22%)` : `hsl(${(hue % 90) + 60} 30% 60%)`;
  const [x, y] = [60 + (n % 140), 40 + ((n >> 3) % 50)];
  const thing = `hsl(${(hue + 140) % 360} 60% 55%)`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256"><rect width="256" height="256" fill="${sky}"/><circle cx="${x}" cy="${y}" r="22" fill="${night ? '#f2e6b8' : '#ffd257'}"/><path d="M0 170Q70 ${120 + (n % 30)} 140 160T256 150V256H0Z" fill="${far}"/><path d="M0 200Q90 ${170 + (n % 20)} 256 205V256H0Z" fill="${hill}"/><circle cx="${90 + (n % 70)}" cy="180" r="${26 + (n % 16)}" fill="${thing}"/><circle cx="${82 + (n % 70)}" cy="172" r="4" fill="#1a1d24"/><circle cx="${100 + (n % 70)}" cy="172" r="4" fill="#1a1d24"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const rate = (hits: number, of: number) => ({ hits, of, low: Math.max(0, (hits - 2) / of), high: Math.min(1, (hits + 3) / of) });

/** A card of made-up figures. */
function safetyCard(): SafetyCard {
  const kinds = { photo: [2, 187], people: [3, 429], drawing: [2, 414], object: [2, 204], all: [9, 1234] } as const;
  return {
    measured: '2026-01-31', policy: 'a1'.repeat(32), models: [['nsfw-mobilenet', 'b2'.repeat(32)]], current: true,
    rules: [['picture.block_explicit', 0.7], ['picture.review_explicit', 0.4], ['picture.block_second', 0.95], ['picture.review_second', 0.6], ['picture.review_suggestive', 0.6], ['prompt.review', 0.5], ['prompt.block', 0.8]],
    pictures: Object.entries(kinds).map(([kind, [hits, of]]) => ({ kind, blocked: rate(hits, of), asked: rate(hits + 2, of) })),
    found: rate(113, 120), wrong: rate(2, 128), children: rate(2, 369),
    hard: [], later: [],
    languages: ['en', 'es', 'fr', 'de', 'pt', 'it', 'ru', 'hi', 'ar', 'ja', 'zh'].map((language) => ({ language, found: rate(language === 'hi' ? 29 : 36, 40), wrong: rate(0, 42), weak: language === 'hi' }))
  };
}

function explained(subject: Explained['subject'], text: string): Explained {
  const verdict = text.includes('block') ? 'block' : text.includes('review') ? 'review' : 'allow';
  const figure = (measure: Explained['figures'][number]['measure'], score: number) => ({ measure, score, asks_from: 0.5, blocks_from: 0.8 });
  const score = { allow: 0.02, review: 0.61, block: 0.93 }[verdict];
  return {
    subject, index: 0, finding: verdict === 'allow' ? ALLOW : finding(verdict, subject === 'prompt' ? 'prompt segment 2' : 'top left'),
    figures: subject === 'prompt' ? [figure('prompt', score)] : [figure('explicit', score), figure('second', 0.1)],
    content: null, versions: { policy: 'a1', models: [] }, program: 'AllXOne 0.1.0', time: 0
  };
}

export function previewHost(): Host {
  const query = new URLSearchParams(location.search);
  const now = Date.now();
  const listeners = new Set<(event: StudioEvent) => void>();
  const tell = (event: StudioEvent) => listeners.forEach((one) => one(event));
  const cancelled = new Set<string>();
  let closed = false;
  let session: Session = {
    version: '0.1.0', platform: 'linux', locale: query.get('locale') ?? 'en', folder: '/home/someone/.local/share/allxone',
    state: (query.get('state') as 'locked') === 'locked' ? { is: 'locked', wrong: false }
      : query.get('state') === 'failed' ? { is: 'failed', code: 'library_in_use', message: 'Another program has the library open. Close it and try again.' }
      : query.get('state') === 'opening' ? { is: 'opening' }
      : { is: 'open', keeping: query.has('forgetful') ? { is: 'nothing', because: null } : { is: 'library', key: query.has('bare') ? 'file' : 'keyring' } },
    service: query.has('server') ? { is: 'server', host: 'studio.example:8443' } : { is: 'this_computer' },
    account: query.has('account') ? 'a'.repeat(32) : null
  };
  let settings: Settings = {
    appearance: (query.get('theme') as 'light') ?? 'system', motion: 'system', text_size: Number(query.get('text') ?? 0), language: query.get('locale') ?? '', shortcuts: {},
    notify: 'background', offline: false, session_cap: query.has('near') ? 10_000 : null, screen: {}
  };
  let consents: ConsentRecord[] = [];
  let prompts: Prompts = { saved: [{ name: 'Winter animals', text: 'a {fox|owl|rabbit} in a snowy forest' }], history: PROMPTS.slice(1, 5) };
  const fresh = query.has('fresh');
  if (fresh) prompts = { saved: [], history: [] };
  const many = fresh ? 0 : Number(query.get('many') ?? 73);
  const item = (index: number): Item => {
    const prompt = PROMPTS[index % PROMPTS.length] ?? '';
    const edited = index % 5 === 3;
    const seed = String(hash(`${prompt}${index}`));
    return {
      id: id('I'), created_ms: now - index * 5_400_000 - (index > 8 ? 86_400_000 : 0) - (index > 30 ? 20 * 86_400_000 : 0), width: 1024, height: 1024,
      sha256: '5e'.repeat(32), bytes: 812_345 + index * 997, format: 'png', favourite: index % 7 === 2, trashed_ms: null, erased_elsewhere: false,
      operation: edited ? 'stylise' : 'generate', model: edited ? 'local/style-26' : 'local/scene', title: '', tags: index % 6 === 0 ? ['winter', 'animals'] : [], note: '', prompt: edited ? '' : prompt, negative: '',
      params: edited ? { style: 'porcelain', strength: 80 } : { size: { width: 1024, height: 1024 } }, seed: edited ? null : seed,
      origin: { service: '127.0.0.1', job: id('J'), index: 0 }, receipts: [{ content: '5e'.repeat(32), finding: ALLOW, confirmed: false, time: now, versions: { policy: 'a1', models: [] } }],
      parents: [], report: edited ? null : { kind: 'scene', drawn: [], unknown: index % 4 === 1 ? ['melancholy'] : [] }, ai_made: true
    };
  };
  let items = Array.from({ length: many }, (_, index) => item(index));
  for (const [at, one] of items.entries()) {
    const parent = items.slice(at + 1, at + 6).find((two) => two.operation === 'generate');
    if (one.operation === 'stylise' && parent) one.parents = [parent.id];
  }
  const names = new Map<string, string>();
  const staged = (name: string): Staged => {
    const sha256 = hash(name).toString(16).padStart(64, '0');
    names.set(sha256, name);
    return { sha256, bytes: 1_482_221, width: 1600, height: 1200, finding: name.includes('review') ? finding('review', 'picture') : ALLOW };
  };
  const entry = (n: number, purpose: string, fields: string[], out: number, back: number): EgressEntry => ({
    id: n, started_ms: now - (40 - n) * 3_700_000, host: n % 4 === 0 ? 'a-rather-long-name-of-a-server.studio.example:8443' : 'studio.example:8443', purpose, method: 'POST', resource: '/v1/jobs', fields, headers: [],
    bytes_out: out, end: n === 38 ? { ended_ms: now, status: null, bytes_in: 0, error: 'offline_locked', never_sent: true } : n === 39 ? null : { ended_ms: now, status: 200, bytes_in: back, error: null, never_sent: false }
  });
  const KINDS: [string, string[], number, number][] = [
    ['health', [], 0, 212], ['models', [], 0, 4_211], ['quote', ['operation', 'model', 'size', 'count'], 312, 180], ['submit_job', ['operation', 'model', 'prompt', 'size', 'count', 'seed'], 1_104, 640],
    ['upload', ['picture'], 842_115, 210], ['follow_job', [], 0, 2_210], ['fetch_result', [], 0, 1_204_332], ['erase_job', [], 0, 0]
  ];
  const egress = query.has('server') ? Array.from({ length: 39 }, (_, n) => entry(n + 1, ...KINDS[n % KINDS.length]!)).reverse() : [];

  const person: Profile = {
    id: 'u', email: 'ann@studio.example', new_email: query.has('mail') ? 'ann@elsewhere.example' : null, name: 'Ann of the Studio', picture: '',
    linked: [{ provider: 'email', email: 'ann@studio.example' }, { provider: 'github', email: null }], created: '2026-03-01T09:30:00Z'
  };
  const devices: Device[] = [
    { id: 's1', device: 'allxone-desktop/0.1.0 (linux)', current: true, created_at: '2026-09-01T08:00:00Z', last_used_at: '2026-11-30T17:12:00Z' },
    { id: 's2', device: 'allxone-desktop/0.1.0 (windows)', current: false, created_at: '2026-10-12T19:45:00Z', last_used_at: '2026-11-29T07:02:00Z' }
  ];
  const about = (): About => ({
    operator: session.service.is === 'server' ? { kind: 'hosted', name: 'Example Studio Ltd', contact: 'privacy@studio.example' } : { kind: 'this_computer', name: 'The owner of this computer', contact: null },
    policies: [
      { kind: 'privacy_policy', version: '2026-04', sha256: 'b'.repeat(64), text: 'Privacy policy. Last updated: April 2026' },
      { kind: 'acceptable_use', version: '1', sha256: 'c'.repeat(64), text: 'Acceptable use. Version 1.' }
    ],
    processors: session.service.is === 'server' ? [{ id: 'cloud', name: 'Example Cloud', role: 'infrastructure', sees: 'Encrypted files', region: 'European Union', retention: '30 days', trains_on_data: false, agreement: { link: 'https://cloud.example/agreement', date: '2026-04-01' } }] : [],
    retention: [
      { class: 'content', what: 'Prompts, uploaded pictures and results', days: 30, from: 'the end of the job', until: 'you erase the job', outlives_account: false },
      { class: 'credits', what: 'What was charged', days: 3650, from: 'the job', until: null, outlives_account: true }
    ],
    accounts: true
  });
  const deletion = (account: string): DeletionSeen => ({
    account, label: 'an…@studio.example', server: 'https://studio.example', host: 'studio.example',
    deletion: { id: id('D'), state: 'grace', requested: now, due: now + 7 * 86_400_000, finished: null, erased: [{ class: 'sessions', count: 2 }], remains: [] }
  });
  const accounts = (): AccountsSeen => ({
    hosted: query.has('hosted') ? 'studio.example' : null,
    looked: true,
    deletions: query.has('deleted') ? [deletion('b'.repeat(32))] : [],
    accounts: query.has('account') ? [{
      key: 'a'.repeat(32), server: 'https://studio.example', host: 'studio.example', label: 'an…@studio.example',
      standing: query.get('account') === 'out' ? { is: 'signed_out', because: 'key_lost' } : query.get('account') === 'waits' ? { is: 'keyring_waits' } : { is: 'signed_in' },
      kept: query.has('memory') ? { is: 'memory', because: 'the keyring is locked' } : { is: 'keyring' }, profile: person, fresh_until: now + 3_000_000,
      clock_off: query.has('clock') ? 640 : null, new_devices: query.has('strange') ? devices.slice(1) : [], open: true, library: true
    }] : []
  });

  const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
  const slow = Number(query.get('slow') ?? 60);

  /** What waits, in its order; one at a time is worked on. */
  let line: { queue: string; draft: Draft }[] = [];
  let busy = false;

  async function goOn(): Promise<void> {
    const next = busy ? undefined : line.shift();
    if (!next) return;
    busy = true;
    await work(next.queue, next.draft);
    busy = false;
    void goOn();
  }

  async function work(queue: string, draft: Draft): Promise<void> {
    const { request } = draft;
    const ended = (error: CommandError | null, kept: string[]): void => {
      const stopped = request.prompt?.includes('stopped') ? [finding('block', 'picture')] : [];
      tell({ type: 'ended', queue, error, outcome: error ? null : { kept, stopped, warnings: [], charge: { metered: false, held: 0, settled: 0 } }, open: error?.code === 'unreachable' });
    };
    tell({ type: 'submitted', queue, job: {} as never });
    const each = request.operation === 'upscale' ? 16 : 6;
    const steps = each * request.count;
    const kept: string[] = [];
    for (let step = 0; step <= steps; step++) {
      await wait(slow);
      if (cancelled.has(queue)) return ended({ code: 'cancelled', message: 'Stopped.' }, kept);
      tell({ type: 'progress', queue, progress: { step, steps } });
      if (step === 2 && request.prompt?.includes('fail')) return ended({ code: 'service', message: 'The model failed.' }, kept);
      if (step === 2 && request.prompt?.includes('lost')) return ended({ code: 'unreachable', message: 'The service does not answer.' }, kept);
      if (step === 0 || step % each) continue;
      const one = { ...item(0), created_ms: Date.now(), prompt: request.prompt ?? '', operation: request.operation as string, model: request.model, favourite: false, seed: request.seed ?? String(hash(queue) + step),
        params: { style: request.style, strength: request.strength, factor: request.factor }, report: { kind: 'scene', unknown: answers.draft_plan(draft)?.left_out ?? [] } };
      items = [one, ...items];
      kept.push(one.id);
      tell({ type: 'kept', queue, item: one.id });
    }
    ended(null, kept);
  }

  const byId = (id: string) => items.find((one) => one.id === id);
  const among = (words: string, filter: Filter) =>
    items.filter((one) =>
      (filter.trash ? one.trashed_ms !== null : one.trashed_ms === null) && (!filter.favourites || one.favourite) &&
      words.toLowerCase().split(/\s+/).every((word) => one.prompt.includes(word)));

  const day = 86_400_000;
  const euros = (amount: number) => ({ amount, currency: 'EUR' });
  let till: BillingSeen = {
    plans: {
      test: true,
      plans: [
        { id: 'pack-500', kind: 'pack', name: '500 credits', credits: 500_000, price: euros(999), tax: 'included', valid_days: 365, providers: ['stripe', 'paddle'] },
        { id: 'month', kind: 'monthly', name: '1,000 credits a month', credits: 1_000_000, price: euros(1500), tax: 'added', valid_days: 31, providers: ['stripe'] }
      ]
    },
    subscription: { order: id('O'), plan: 'month', provider: 'stripe', state: 'active', until: now + 12 * day, ends: false, portal: true, test: true },
    orders: [
      {
        id: id('O'), plan: 'pack-500', name: '500 credits', kind: 'pack', provider: 'stripe', state: 'pending', credits: 500_000, price: euros(999), test: true,
        address: 'https://checkout.stripe.com/c/pay/1', created: now - 60_000, updated: now - 60_000
      }
    ],
    receipts: [3, 33].map((days, at) => ({
      id: id('R'), order: id('O'), name: at ? '500 credits' : '1,000 credits a month', seller: 'Example Ltd', credits: at ? 500_000 : 1_000_000, total: euros(at ? 999 : 1785), tax: at ? null : 285,
      provider: 'stripe', reference: `pi_${days}`, link: null, paid: now - days * day, taken_back: at ? 166_000 : 0, test: true
    })),
    receipts_of: now
  };
  let brought: HistorySeen = { allowed: query.has('brought') || null, under_way: false, last: query.has('brought') ? now : null, brought: query.has('brought') ? 12 : 0, put_away: 0, refused: 0, waiting: 0 };
  const away = query.has('away');
  const answers: { [C in keyof Commands]: (request: Commands[C]['request']) => Commands[C]['response'] } = {
    models: () => CARDS,
    draft_check: ({ request }) => {
      const text = request.prompt ?? '';
      const seen = text.includes('blocked') ? finding('block', 'prompt') : text.includes('review') ? finding('review', 'prompt') : ALLOW;
      const price = query.has('server') ? 1_500 * request.count : 0;
      if (away) return { faults: [], finding: seen, quote: null, estimate: price };
      return { faults: [], finding: seen, quote: { id: QUOTE, at_most: price, expires: now + 600_000 }, estimate: null };
    },
    draft_plan: ({ request }) => {
      if (query.has('server')) return null;
      const words: string[] = (request.prompt ?? '').toLowerCase().match(/[a-z]+/g) ?? [];
      const of = (known: string[]) => words.filter((one) => known.includes(one));
      const counts: Record<string, number> = { two: 2, three: 3, four: 4 };
      return {
        things: of(['fox', 'owls', 'boat', 'robot', 'castle', 'cats', 'car', 'whale', 'lighthouse', 'branch']).map((word) => ({ name: word.replace(/s$/, ''), words: word, count: counts[words[words.indexOf(word) - 1] ?? ''] ?? 1 })),
        setting: of(['snowy', 'forest', 'night', 'autumn', 'sunset', 'garden', 'sea', 'rain', 'hill']), left_out: of(['melancholy', 'impressionist'])
      };
    },
    draft_preview: ({ request }) => {
      const body = JSON.stringify(request, null, 2);
      const pictures = (request.inputs ?? []).map(({ sha256 }) => ({ ...staged(names.get(sha256) ?? ''), sha256 }));
      return { stays_here: !query.has('server'), host: query.has('server') ? 'studio.example:8443' : '127.0.0.1:40123', body, fields: Object.keys(request), pictures, bytes: body.length + pictures.length * 1_482_221 };
    },
    draft_submit: (draft) => {
      const text = draft.request.prompt ?? '';
      if (text.includes('blocked')) throw new HostError({ code: 'blocked', message: 'Stopped.', finding: finding('block', 'prompt') });
      if (text.includes('review') && !draft.confirmed) throw new HostError({ code: 'needs_confirmation', message: 'Confirm.', finding: finding('review', 'prompt') });
      const queue = id('W');
      line.push({ queue, draft });
      tell({ type: 'queued', queue, operation: draft.request.operation });
      const stops = away ? ('unreachable' as const) : query.has('terms') ? ('acceptance_needed' as const) : null;
      if (stops) setTimeout(() => tell({ type: 'ended', queue, error: { code: stops, message: 'Not now.' }, outcome: null, open: true }));
      else setTimeout(() => void goOn());
      return queue;
    },
    spent: () => ({ charged: 7_500, open: 1_000, cap: query.has('near') ? 10_000 : null, near: query.has('near') }),
    draft_unstage: () => null,
    queue_list: () => [],
    queue_cancel: (queue) => {
      cancelled.add(queue);
      if (line.some((one) => one.queue === queue)) {
        line = line.filter((one) => one.queue !== queue);
        tell({ type: 'ended', queue, error: { code: 'cancelled', message: 'Stopped.' }, outcome: null, open: false });
      }
      return null;
    },
    queue_move: ({ queue, before }) => {
      const moved = line.find((one) => one.queue === queue);
      if (moved) {
        line = line.filter((one) => one !== moved);
        const at = line.findIndex((one) => one.queue === before);
        line.splice(at < 0 ? line.length : at, 0, moved);
      }
      return line.map((one) => one.queue);
    },
    queue_retry: ({ draft }) => answers.draft_submit(draft),
    queue_resume: () => [],
    library_list: ({ words, filter, after, limit }) => {
      const fits = among(words, filter);
      const from = after ? fits.findIndex((one) => one.id === after.id) + 1 : 0;
      const page = fits.slice(from, from + limit);
      const last = page.at(-1);
      return { items: page, next: last && from + limit < fits.length ? { created_ms: last.created_ms, id: last.id } : null };
    },
    library_index: ({ words, filter }) => {
      const fits = among(words, filter);
      return { ids: fits.map((one) => one.id), created_ms: fits.map((one) => one.created_ms) };
    },
    library_glance: (wanted) => wanted.flatMap((id) => byId(id) ?? []),
    library_family: (id) => ({ parents: (byId(id)?.parents ?? []).flatMap((one) => byId(one) ?? []), children: items.filter((one) => one.parents.includes(id)) }),
    library_usage: () => {
      const live = items.filter((one) => one.trashed_ms === null);
      return { items: live.length, favourites: live.filter((one) => one.favourite).length, trashed: items.length - live.length, picture_bytes: items.reduce((sum, one) => sum + one.bytes, 0), database_bytes: 1_204_224 };
    },
    library_show: (item) => {
      const found = items.find((one) => one.id === item);
      if (!found) throw new HostError({ code: 'not_found', message: 'There is nothing here by that name.' });
      return found;
    },
    library_draft: (item) => {
      const found = answers.library_show(item);
      const params = found.params as { style?: string; strength?: number };
      return { request: { operation: found.operation as 'generate', model: found.model, prompt: found.prompt, count: 1, seed: found.seed, style: params.style, strength: params.strength, on_unsupported: 'refuse', max_cost: 0 } };
    },
    library_stage: (item) => staged(item),
    credits: () => ({ metered: query.has('credits'), posted: 42_500, held: 4_000, available: 38_500, month_cap: query.has('capped') ? 10_000 : undefined, this_month: 8_500, lots: [
      { entry: id('E'), granted: 20_000, remaining: 12_500, since: now - 9 * 86_400_000, expires: now + 21 * 86_400_000 }, { entry: id('E'), granted: 30_000, remaining: 30_000, since: now - 40 * 86_400_000 }
    ] }),
    credits_cap: ({ per_month }) => ({ ...answers.credits(null), month_cap: per_month ?? undefined }),
    credit_entries: (before) => ({ entries: ENTRIES.filter((one) => before === null || one.sequence < before).map((one) => ({ ...one, time: now - (9 - one.sequence) * 7_000_000 })) }),
    library_favourite: ({ items: some, on }) => ((items = items.map((one) => (some.includes(one.id) ? { ...one, favourite: on } : one))), some.length),
    library_delete: (some) => ((items = items.map((one) => (some.includes(one.id) ? { ...one, trashed_ms: Date.now() } : one))), some.length),
    library_restore: (some) => ((items = items.map((one) => (some.includes(one.id) ? { ...one, trashed_ms: null } : one))), some.length),
    library_erase: (gone) => ((items = items.filter((one) => !gone.includes(one.id))), gone.length),
    prompts: () => prompts,
    prompts_set: (next) => ((prompts = next), null),
    egress_list: ({ filter, limit }) =>
      egress.filter((one) => (!filter.host || one.host === filter.host) && (!filter.purpose || one.purpose === filter.purpose) && (filter.from_ms === null || one.started_ms >= filter.from_ms) && (filter.before === null || one.id < filter.before)).slice(0, limit),
    egress_totals: (filter) => {
      const sums = new Map<string, EgressTotal>();
      for (const one of answers.egress_list({ filter, limit: 1000 })) {
        const sum = sums.get(one.host) ?? { day: '2026-01-01', host: one.host, requests: 0, bytes_out: 0, bytes_in: 0 };
        sums.set(one.host, { ...sum, requests: sum.requests + 1, bytes_out: sum.bytes_out + one.bytes_out, bytes_in: sum.bytes_in + (one.end?.bytes_in ?? 0) });
      }
      return [...sums.values()];
    },
    decisions_list: () => [{ id: id('D'), time_ms: now - 3_600_000, stage: 'prompt', verdict: 'block', category: 'sexual', layer: 'lexicon', section: 'AUP 1, 2.1', policy: 'a1', models: [] }],
    offline_lock: ({ closed: asked }) => ({ closed: (closed = asked ?? closed) }),
    retention: () => [
      { class: 'connections', what: 'Connections', days: 365, from: 'the connection', until: null }, { class: 'decisions', what: 'Decisions', days: 180, from: 'the decision', until: null },
      { class: 'pictures', what: 'Pictures', days: null, from: null, until: 'you erase them' }, { class: 'trash', what: 'Trash', days: 30, from: 'being put there', until: null }
    ],
    library_annotate: ({ item, change }) => {
      items = items.map((one) => (one.id === item ? { ...one, title: change.title ?? one.title, tags: change.tags ?? one.tags, note: change.note ?? one.note } : one));
      return items.find((one) => one.id === item)!;
    },
    consent_texts: (language) => (['ai_training', 'usage_statistics'] as const).map((purpose) => ({ purpose, version: '1', language, sha256: 'a'.repeat(64), text: 'Version 1. What may be used, by whom, and how it is taken back.', sample: { week: '2026-W18', counters: { starts: 6 } } })),
    consents: () => consents,
    consent_set: ({ purpose, granted, sha256, language, surface }) =>
      (consents = [{ id: id('C'), time_ms: now, purpose, granted, version: '1', sha256, locale: language, surface, app_version: '0.1.0', server: '' }, ...consents]),
    reports_sent: () => [],
    reports_forget: () => 0,
    training_mark: ({ items: some }) => some.length,
    training_of: () => null,
    export_everything: ({ account }) => ({ here: { files: ['/home/someone/allxone-export.zip'], pictures: items.length, bytes: 61_204_331, missing: [] }, service: account ? { file: '/home/someone/allxone-export-service.zip', bytes: 204_331, signed: true } : null }),
    import_everything: () => ({ pictures: 0, held: [], stopped: [], unreadable: [], missing: [], left: 0, settings: null }),
    archive_stop: () => null,
    wipe_preview: () => ({ word: 'erase everything', pictures: items.length, bytes: 61_204_331, saved: ['/home/someone/allxone-export.zip'] }),
    wipe: () => ((items = []), session),
    wipe_receipt: () => null,
    wipe_receipt_forget: () => null,
    safety_card: () => safetyCard(),
    safety_prompt: (text) => explained('prompt', text),
    safety_draft: ({ request }) => [explained('prompt', request.prompt ?? '')],
    safety_pictures: () => [{ name: 'holiday.jpg', explained: explained('picture', query.get('pick') ?? ''), error: null }],
    safety_receive: () => null,
    safety_save: () => ({ folder: '/home/someone', files: ['allxone-check-prompt.json'] }),
    session: () => session,
    session_open: () => session,
    session_unlock: () => (session = { ...session, state: { is: 'open', keeping: { is: 'library', key: 'passphrase' } } }),
    session_keep: ({ key }) => (session = { ...session, state: { is: 'open', keeping: { is: 'library', key } } }),
    server_check: ({ address }) => ({ host: new URL(address).host, version: '0.1.0', ready: true, here: false, models: CARDS, about: about() }),
    server_connect: ({ address }) => (session = { ...session, service: { is: 'server', host: new URL(address).host } }),
    server_leave: () => (session = { ...session, service: { is: 'this_computer' } }),
    settings: () => settings,
    settings_set: (next) => ((settings = next), null),
    storage: () => [
      { kind: 'library', path: `${session.folder}/library`, bytes: 61_204_331, sealed: true }, { kind: 'service', path: `${session.folder}/service`, bytes: 49_152, sealed: true },
      { kind: 'settings', path: `${session.folder}/settings.json`, bytes: 412, sealed: false }, { kind: 'logs', path: `${session.folder}/logs`, bytes: 18_201, sealed: false },
      { kind: 'models', path: '/usr/lib/allxone/models', bytes: 214_003_211, sealed: false }
    ],
    licences: () => [
      { name: 'Fluent emoji', used_for: 'drawings of a scene', licence: 'MIT', source: '@lobehub/fluent-emoji-3d 1.1.0' }, { name: 'MiniLM', used_for: 'understanding words', licence: 'Apache-2.0', source: 'all-MiniLM-L6-v2' },
      { name: 'U²-Netp', used_for: 'cutting out', licence: 'Apache-2.0', source: 'rembg 2.0' }, { name: 'Real-ESRGAN', used_for: 'enlarging', licence: 'BSD-3-Clause', source: 'realesr-animevideov3' }
    ],
    check_repair: () => ({ files: [] }),
    service_about: () => about(),
    server_about: () => about(),
    terms: () => about().policies,
    terms_accept: () => null,
    account_delete: ({ account }) => deletion(account),
    account_retain: (account) => deletion(account),
    deletions_look: () => accounts(),
    deletion_forget: () => accounts(),
    accounts: () => accounts(),
    accounts_look_again: () => accounts(),
    account_ways: () => ({ host: 'studio.example', kept_by: query.has('project') ? 'project.example' : null, providers: ['custom:local', 'github'], email: true, sign_up: true, confirm: true }),
    account_begin: () => ({ flow: 1, host: 'studio.example', address: 'https://studio.example/auth/v1/authorize?provider=github', until: Date.now() + 285_000, returns: !query.has('paste'), opened: !query.has('paste') }),
    account_flow: () => ({ is: query.has('expired') ? 'expired' : 'waiting' }),
    account_reopen: () => null,
    account_call_off: () => null,
    account_paste: () => ({ is: 'waiting' }),
    account_password: () => { throw new HostError({ code: 'wrong_password', message: 'Wrong.' }); },
    account_send_code: () => null,
    account_code: () => { throw new HostError({ code: 'wrong_code', message: 'Wrong.' }); },
    account_sign_up: () => ({ is: 'code_sent' }),
    account_open: (account) => (session = { ...session, account }),
    account_profile: () => person,
    account_correct: () => person,
    account_confirm_email: () => person,
    account_set_password: () => null,
    account_send_proof: () => null,
    account_send_code_again: () => null,
    account_prove: () => null,
    account_history: () => brought,
    account_history_allow: ({ allowed }) => (brought = { ...brought, allowed }),
    account_history_bring: () => (brought = { ...brought, last: Date.now() }),
    account_devices: () => devices,
    account_devices_seen: () => null,
    account_end_device: () => null,
    account_sign_out: () => ({ told: true }),
    account_remove: () => null,
    billing: () => (query.has('billing') ? till : { ...till, plans: { plans: [], test: false }, subscription: null, orders: [], receipts: [] }),
    billing_buy: ({ plan, provider }) => {
      const order: Order = { ...till.orders[0]!, id: id('O'), plan, provider, created: Date.now() };
      till = { ...till, orders: [order, ...till.orders] };
      return { order, page: { address: order.address ?? '', host: 'checkout.stripe.com', opened: true } };
    },
    billing_order: ({ order }) => till.orders.find((one) => one.id === order) ?? till.orders[0]!,
    billing_pay: () => ({ order: till.orders[0]!, page: { address: 'https://checkout.stripe.com/c/pay/1', host: 'checkout.stripe.com', opened: false } }),
    billing_change: () => ({ address: 'https://billing.stripe.com/p/1', host: 'billing.stripe.com', opened: true }),
    billing_cancel: () => {
      till = { ...till, subscription: till.subscription && { ...till.subscription, ends: true } };
      return till.subscription;
    },
    folder_show: () => null,
    pictures_pick: () => [{ name: query.get('pick') ?? 'holiday.jpg', staged: staged(query.get('pick') ?? 'holiday.jpg'), error: null }],
    picture_paste: () => [],
    picture_copy: () => null,
    pictures_drag: () => null,
    pictures_save: ({ items }) => ({ folder: '/home/someone/Pictures', files: items.map((one) => `${one}.png`) })
  };

  return {
    async call(name, request) {
      await wait(name.startsWith('library') ? 10 : 40);
      return answers[name](request);
    },
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    picture: (kind, name) => drawing(kind === 'staged' ? (names.get(name) ?? name) : name),
    async stage(files) {
      tell({ type: 'brought', pictures: files.map((file) => ({ name: file.name, staged: staged(file.name), error: null })) });
    }
  };
}
