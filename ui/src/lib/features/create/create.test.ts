import { describe, expect, it, vi } from 'vitest';
import type { Commands, Host, StudioEvent } from '../../host';
import { History } from './history.svelte';
import { roll } from './ideas';
import { isAway, Queue, share, undrawnOf } from './queue.svelte';
import { ASPECTS, sizeFor } from './sizes';
import { pieces } from './plan';
import { expand, hasChoices } from './wildcards';

const answering = (answers: Partial<Record<keyof Commands, unknown>>, heard: [string, unknown][] = []): Host => ({
  call: (async (name: keyof Commands, request: unknown) => {
    heard.push([name, structuredClone(request)]);
    const answer = answers[name];
    return typeof answer === 'function' ? answer(request) : (answer ?? null);
  }) as Host['call'],
  listen: () => () => {},
  picture: () => '',
  stage: null
});

describe('wildcards', () => {
  it('chooses, also within choices, and leaves other braces alone', () => {
    expect(expand('a {red|blue} fox', () => 0)).toBe('a red fox');
    expect(expand('{a {x|y}|b} c', () => 0)).toBe('a x c');
    expect(expand('{a {x|y}|b} c', () => 1)).toBe('b c');
    expect(expand('{|very} big', () => 0)).toBe('big');
    expect(expand('a {fox} and }{', () => 0)).toBe('a {fox} and }{');
    expect([hasChoices('{a|b}'), hasChoices('{a}'), hasChoices('a|b')]).toEqual([true, false, false]);
  });

  it('ends on any input', () => {
    const text = '{'.repeat(400) + 'a|b' + '}'.repeat(400);
    expect(expand(text, () => 5)).toContain('b');
  });

  it('rolls whole prompts', () => {
    for (let n = 0; n < 50; n++) expect(roll((below) => n % below)).toMatch(/^[a-z][a-z -]+[a-z]$/);
  });
});

describe('words that are left out', () => {
  const marked = (prompt: string, ...out: string[]) => pieces(prompt, out).map((one) => (one.out ? `[${one.text}]` : one.text)).join('');
  it('are found where they stand, whatever their case and their marks', () => {
    expect(marked('A Melancholy fox, melancholy!', 'melancholy')).toBe('A [Melancholy] fox, [melancholy]!');
    expect(marked('a hot-air  balloon; hot air balloon', 'hot air balloon')).toBe('a hot-air  balloon; [hot air balloon]');
    expect(marked('the zeitgeist’s owl', 'zeitgeist')).toBe('the [zeitgeist’s] owl');
    expect(marked('unfoxed fox', 'fox')).toBe('unfoxed [fox]');
    expect(marked('قطة قديمة', 'قديمة')).toBe('قطة [قديمة]');
  });
  it('are told without losing anything', () => {
    for (const text of ['', ' ', 'a', '\n a {b|c}  \n', '💡 b']) expect(pieces(text, ['b', '']).map((one) => one.text).join('')).toBe(text);
  });
});

describe('sizes', () => {
  const rule = { min_side: 64, max_side: 2048, multiple_of: 8, default: { width: 1024, height: 1024 } };
  it('keep the rule and the proportions', () => {
    for (const aspect of [...ASPECTS, 'screen' as const]) {
      for (const scale of ['small', 'medium', 'large'] as const) {
        const { width, height } = sizeFor(rule, aspect, scale, { width: 3440, height: 1440 });
        const [across, down] = aspect === 'screen' ? [3440, 1440] : (aspect.split(':').map(Number) as [number, number]);
        for (const side of [width, height]) expect(side % 8 === 0 && side >= 64 && side <= 2048).toBe(true);
        expect(Math.abs(width / height / (across / down) - 1)).toBeLessThan(0.02);
      }
    }
  });
});

describe('prompt history', () => {
  it('walks back and forth and gives the own words back', async () => {
    const heard: [string, unknown][] = [];
    const history = new History(answering({ prompts: { saved: [], history: ['two', 'one'] } }, heard));
    await history.load();
    expect([history.older('mine'), history.older('two'), history.older('one')]).toEqual(['two', 'one', null]);
    expect([history.newer(), history.newer(), history.newer()]).toEqual(['two', 'mine', null]);
    await history.add('one');
    expect(history.used).toEqual(['one', 'two']);
    await history.add('one ');
    expect(heard.filter(([name]) => name === 'prompts_set')).toHaveLength(1);
  });
});

describe('the queue', () => {
  const request = { operation: 'generate' as const, model: 'm', prompt: 'p', count: 2, on_unsupported: 'refuse' as const, max_cost: 0 };
  const hear = async (queue: Queue, ...events: StudioEvent[]) => {
    for (const event of events) await queue.hear(event);
  };

  it('follows a work to its end, whatever it hears first', async () => {
    const item = { id: 'I', report: { unknown: ['melancholy'] } };
    const queue = new Queue(answering({ library_show: item }), () => 5);
    const ends: string[] = [];
    queue.ended = (work) => ends.push(`${work.state} ${work.kept.length}`);
    await hear(queue, { type: 'progress', queue: 'q', progress: { step: 1, steps: 4 } });
    queue.add('q', { request });
    expect(share(queue.works[0]!.progress)).toBe(0.25);
    await hear(
      queue,
      { type: 'kept', queue: 'q', item: 'I' },
      { type: 'ended', queue: 'q', error: null, outcome: { kept: ['I'], stopped: [], warnings: [], charge: { metered: false, held: 0, settled: 0 } }, open: false }
    );
    expect(queue.works[0]).toMatchObject({ state: 'done', kept: ['I'], undrawn: ['melancholy'] });
    expect([ends, queue.open.length]).toEqual([['done 1'], 0]);
  });

  it('stays at stopping until the end is heard, and tells stopped from failed', async () => {
    const heard: [string, unknown][] = [];
    const queue = new Queue(answering({}, heard));
    queue.add('a', { request });
    queue.cancel('a');
    queue.cancel('a');
    await hear(queue, { type: 'progress', queue: 'a', progress: { step: 1, steps: 2 } });
    expect(queue.works[0]!.state).toBe('cancelling');
    await hear(queue, { type: 'ended', queue: 'a', error: { code: 'cancelled', message: '' }, outcome: null, open: false });
    expect(queue.works[0]!.state).toBe('cancelled');
    queue.cancel('a');
    expect(heard.map(([name]) => name)).toEqual(['queue_cancel', 'queue_cancel']);
  });

  it('takes up what an earlier run left', async () => {
    const entry = { id: 'old', created: 1, state: 'submitted', running: false, waiting: false, elsewhere: null, progress: null, draft: { request } };
    const heard: [string, unknown][] = [];
    const queue = new Queue(answering({ queue_list: [entry] }, heard));
    await queue.resume();
    expect(queue.works.map((one) => one.id)).toEqual(['old']);
    expect(heard.map(([name]) => name)).toEqual(['queue_list', 'queue_resume']);
  });

  const lost: StudioEvent = { type: 'ended', queue: 'a', error: { code: 'unreachable', message: '' }, outcome: null, open: true };

  it('waits with what lost its service, and follows it when it goes on', async () => {
    const heard: [string, unknown][] = [];
    const queue = new Queue(answering({ queue_retry: 'a' }, heard), () => 0);
    queue.add('a', { request });
    await hear(queue, lost);
    expect([queue.works[0]!.state, isAway(queue.works[0]!), queue.open.length]).toEqual(['stranded', true, 1]);
    await hear(queue, { type: 'submitted', queue: 'a', job: {} } as unknown as StudioEvent);
    expect(queue.works.map((one) => one.state)).toEqual(['working']);
    await hear(queue, { ...lost, error: { code: 'price_changed', message: '', price: 1_500 } } as StudioEvent);
    expect([queue.works[0]!.state, isAway(queue.works[0]!)]).toEqual(['stranded', false]);
    await queue.again('a', 1_500);
    expect(heard).toEqual([['queue_retry', { queue: 'a', draft: { request: { ...request, max_cost: 1_500 } } }]]);
    expect(queue.works[0]!.draft.request.max_cost).toBe(1_500);
  });

  it('leaves what was composed for another server alone', async () => {
    const entry = { id: 'old', created: 1, state: 'queued', running: false, waiting: false, elsewhere: 'there.example', progress: null, draft: { request } };
    const heard: [string, unknown][] = [];
    const queue = new Queue(answering({ queue_list: [entry] }, heard));
    await queue.resume();
    expect([queue.works[0]!.elsewhere, queue.waiting.length, heard.map(([name]) => name)]).toEqual(['there.example', 0, ['queue_list']]);
  });

  it('asks once for the texts of a service that wants them accepted, and waits', async () => {
    let asked = 0;
    const queue = new Queue(answering({}), () => 0);
    queue.unaccepted = () => (asked += 1);
    queue.add('a', { request });
    await hear(queue, { ...lost, error: { code: 'acceptance_needed', message: '' } } as StudioEvent);
    expect([asked, queue.works[0]!.state]).toEqual([1, 'stranded']);
  });

  it('makes failed work again in its own place', async () => {
    const queue = new Queue(answering({ queue_retry: 'b' }));
    queue.add('a', { request });
    await hear(queue, { ...lost, open: false } as StudioEvent);
    expect(queue.works[0]!.state).toBe('failed');
    await queue.again('a');
    expect(queue.works.map((one) => [one.id, one.state])).toEqual([['b', 'waiting']]);
    expect(queue.shownId).toBe('b');
  });

  it('moves only what waits, and takes the order that was kept', async () => {
    const heard: [string, unknown][] = [];
    let kept: string[] | Error = ['d', 'b', 'c'];
    const queue = new Queue(answering({ queue_move: () => { if (kept instanceof Error) throw kept; return kept; } }, heard));
    for (const id of ['a', 'b', 'c', 'd']) queue.add(id, { request });
    await hear(queue, { type: 'progress', queue: 'a', progress: { step: 1, steps: 2 } });
    expect([queue.works.map((one) => one.id), queue.shownId]).toEqual([['a', 'b', 'c', 'd'], 'a']);
    await queue.move('d', -9);
    expect(queue.waiting.map((one) => one.id)).toEqual(['d', 'b', 'c']);
    await queue.move('a', 1);
    await queue.move('d', -1);
    expect(heard).toEqual([['queue_move', { queue: 'd', before: 'b' }]]);
    kept = new Error('no');
    await expect(queue.move('b', 1)).rejects.toBeDefined();
    expect(queue.waiting.map((one) => one.id), 'as before').toEqual(['d', 'b', 'c']);
  });

  it('keeps quick moves one after the other, so that the last one holds', async () => {
    let kept = ['b', 'c', 'd'];
    const answers: (() => void)[] = [];
    const queue = new Queue(
      answering({
        queue_move: ({ queue: id, before }: { queue: string; before: string | null }) =>
          new Promise<string[]>((done) =>
            answers.push(() => {
              const rest = kept.filter((one) => one !== id);
              kept = rest.toSpliced(before ? rest.indexOf(before) : rest.length, 0, id);
              done(kept);
            })
          )
      })
    );
    for (const id of ['a', 'b', 'c', 'd']) queue.add(id, { request });
    await hear(queue, { type: 'progress', queue: 'a', progress: { step: 1, steps: 2 } });
    const moves = [queue.move('d', -1), queue.move('d', -1), queue.move('c', -1)];
    expect(queue.waiting.map((one) => one.id)).toEqual(['d', 'c', 'b']);
    for (let turn = 0; turn < moves.length; turn++) {
      await vi.waitFor(() => expect(answers.length, 'one at a time').toBe(turn + 1));
      answers[turn]!();
      await moves[turn];
      expect(queue.waiting.map((one) => one.id)).toEqual(['d', 'c', 'b']);
    }
    expect(kept).toEqual(['d', 'c', 'b']);
  });

  it('shows the newest picture, unless the person looks at another', async () => {
    const queue = new Queue(answering({ library_show: { report: null } }));
    const done = (id: string): StudioEvent => ({ type: 'ended', queue: id, error: null, outcome: null, open: false });
    for (const id of ['a', 'b', 'c']) queue.add(id, { request });
    await hear(queue, { type: 'kept', queue: 'a', item: 'A' }, done('a'), { type: 'kept', queue: 'b', item: 'B' });
    expect(queue.shownId).toBe('b');
    queue.show('a');
    await hear(queue, done('b'), { type: 'kept', queue: 'c', item: 'C' }, done('c'));
    expect([queue.shownId, queue.works.map((one) => one.id)]).toEqual(['a', ['c', 'b', 'a']]);
  });

  it('reads any report', () => {
    for (const report of [null, 1, {}, { unknown: 3 }, { unknown: [1] }]) expect(undrawnOf(report)).toEqual([]);
  });
});
