import { describe, expect, it } from 'vitest';
import type { Check, Commands, Draft, Finding, Host, ModelCard, Plan } from '../../host';
import { HostError } from '../../host/host';
import { Compose, type Surroundings } from './compose.svelte';

const ALLOW: Finding = { verdict: 'allow', scores: {} };
const scene: ModelCard = {
  id: 'local/scene', name: 'Scene', summary: '', operation: 'generate', runs_at: 'service', fields: ['prompt', 'size', 'count', 'seed'],
  size: { min_side: 64, max_side: 2048, multiple_of: 8, default: { width: 1024, height: 1024 } }, count: { min: 1, max: 4 }, inputs: { min: 0, max: 0 },
  max_input_pixels: 1, price: 'free', licence: ''
};
const style: ModelCard = {
  ...scene, id: 'local/style-26', operation: 'stylise', fields: ['style', 'strength', 'inputs'], size: null, count: { min: 1, max: 1 }, inputs: { min: 1, max: 1 },
  styles: [{ id: 'porcelain', name: 'Porcelain', summary: '' }]
};
const staged = (verdict: 'allow' | 'review' | 'block') => ({
  name: 'a.jpg', error: null, staged: { sha256: 'ab'.repeat(32), bytes: 1, width: 1, height: 1, finding: { verdict, scores: {} } }
});

/** A composer whose checks are answered by hand, in any order. */
function setUp() {
  const checks: { draft: Draft; answer: (check: Partial<Check>) => void; fail: (error: unknown) => void }[] = [];
  const submitted: Draft[] = [];
  const plans: { prompt: string; answer: (plan: Plan | null) => void }[] = [];
  const host: Host = {
    call: ((name: keyof Commands, request: unknown) => {
      if (name === 'draft_check') {
        return new Promise((done, fail) => {
          const answer = (check: Partial<Check>) => done({ faults: [], finding: ALLOW, quote: { id: 'q', at_most: 0, expires: 0 }, estimate: null, ...check });
          checks.push({ draft: request as Draft, answer, fail });
        });
      }
      if (name === 'draft_plan') {
        return new Promise((done) => plans.push({ prompt: (request as Draft).request.prompt ?? '', answer: done }));
      }
      if (name === 'draft_submit') {
        submitted.push(request as Draft);
        if ((request as Draft).request.prompt?.includes('stop')) return Promise.reject({ code: 'blocked', message: 'no' });
        return Promise.resolve(`q${submitted.length}`);
      }
      return Promise.resolve(null);
    }) as Host['call'],
    listen: () => () => {},
    picture: () => '',
    stage: null
  };
  const waiting: (() => void)[] = [];
  const picks: number[] = [];
  const around: Surroundings = {
    pick: () => picks.shift() ?? 1, screen: () => ({ width: 1920, height: 1080 }), seed: () => '42',
    later: (work) => (waiting.push(work), waiting.length - 1), forget: (timer) => { if (typeof timer === 'number') waiting[timer] = () => {}; }
  };
  const compose = new Compose(host, around);
  const pause = () => waiting.splice(0).forEach((work) => work());
  const settled = async () => { for (let n = 0; n < 9; n++) await Promise.resolve(); };
  compose.offer([scene, style]);
  return { compose, checks, submitted, pause, settled, picks, plans };
}

describe('the live verdict', () => {
  it('leaves the example alone until somebody is there, and then asks once', () => {
    const { compose, checks, pause } = setUp();
    pause();
    expect([compose.verdict.is, checks.length]).toEqual(['waiting', 0]);
    compose.begin();
    compose.begin();
    pause();
    expect([compose.verdict.is, checks.length]).toEqual(['checking', 1]);
    compose.begin();
    pause();
    expect(checks.length).toBe(1);
  });

  it('asks once after a pause, and only the answer to the latest words counts', async () => {
    const { compose, checks, pause, settled } = setUp();
    for (const text of ['a', 'a f', 'a fox']) {
      compose.prompt = text;
      compose.changed();
    }
    expect(compose.verdict.is).toBe('checking');
    pause();
    expect(checks.map((one) => one.draft.request.prompt)).toEqual(['a fox']);
    compose.prompt = 'a fox and an owl';
    compose.changed();
    pause();
    checks[1]!.answer({});
    await settled();
    expect(compose.verdict.is).toBe('allow');
    checks[0]!.answer({ finding: { verdict: 'block', scores: {} } });
    await settled();
    expect(compose.verdict.is).toBe('allow');
  });

  it('says what is missing without asking', () => {
    const { compose, checks, pause } = setUp();
    compose.prompt = '  ';
    compose.changed();
    pause();
    expect(compose.verdict).toEqual({ is: 'empty' });
    compose.chooseOperation('stylise');
    pause();
    expect(compose.verdict).toEqual({ is: 'incomplete', field: 'inputs' });
    expect(checks).toHaveLength(0);
  });

  it('tells a failed check from a verdict', async () => {
    const { compose, checks, pause, settled } = setUp();
    compose.changed();
    pause();
    checks[0]!.fail({ code: 'filter_unavailable', message: 'no' });
    await settled();
    expect(compose.verdict).toMatchObject({ is: 'failed', error: { code: 'filter_unavailable' } });
  });

  it('forgets a failure when the check answers again, as after its repair', async () => {
    const { compose, checks, pause, settled } = setUp();
    compose.changed();
    pause();
    checks[0]!.fail({ code: 'filter_unavailable', message: 'no' });
    await settled();
    void compose.ask();
    checks[1]!.answer({});
    await settled();
    expect(compose.verdict).toEqual({ is: 'allow' });
  });

  it('always comes to an end: whatever is changed, asked, refused or overtaken on the way', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed * 7_919;
      const chance = (below: number) => (state = (state * 16_807) % 2_147_483_647) % below;
      const { compose, checks, plans, pause, settled } = setUp();
      compose.offer([{ ...scene, plans: true }, style]);
      const open = new Set<() => void>();
      let [known, planned] = [0, 0];
      const gather = () => {
        for (const one of checks.slice(known)) open.add(() => (chance(3) ? one.answer({ finding: { verdict: (['allow', 'review', 'block'] as const)[chance(3)]!, scores: {} } }) : one.fail(new Error('no'))));
        for (const one of plans.slice(planned)) open.add(() => one.answer(null));
        [known, planned] = [checks.length, plans.length];
      };
      const steps = [
        () => { compose.prompt = ['a fox', '', 'a {red|blue} fox', '  ', 'two owls'][chance(5)]!; compose.changed(); },
        () => { compose.count = 1 + chance(4); compose.changed(); },
        () => compose.chooseOperation(chance(2) ? 'generate' : 'stylise'),
        () => void compose.bring([staged((['allow', 'review', 'block'] as const)[chance(3)]!)]),
        () => compose.removeInput('ab'.repeat(32)),
        () => compose.chooseAgain(),
        () => compose.begin(),
        () => void compose.ask(),
        () => compose.offer([{ ...scene, plans: Boolean(chance(2)) }, style]),
        () => void compose.submit(true, () => {}).catch(() => {}),
        () => pause(),
        () => { const [one] = [...open].toSpliced(0, chance(open.size + 1)); if (one) { open.delete(one); one(); } }
      ];
      for (let step = 0; step < 40; step++) {
        steps[chance(steps.length)]!();
        if (chance(2)) await settled();
        gather();
      }
      for (let round = 0; round < 8; round++) {
        pause();
        gather();
        for (const one of [...open].reverse()) { open.delete(one); one(); }
        await settled();
      }
      expect(['checking', seed], 'nothing is left to be answered').not.toEqual([compose.verdict.is, seed]);
      expect(compose.checking).toBe(false);
    }
  });

  it('takes a picture that is stopped before everything else, and one to be confirmed into account', async () => {
    const { compose, checks, pause, settled } = setUp();
    compose.chooseOperation('stylise');
    compose.bring([staged('block')]);
    expect(compose.verdict).toMatchObject({ is: 'block', where: 'picture' });
    compose.bring([staged('review')]);
    pause();
    checks.at(-1)!.answer({});
    await settled();
    expect(compose.verdict).toMatchObject({ is: 'review', where: 'picture' });
  });
});

describe('the request', () => {
  it('holds only fields the model understands', () => {
    const { compose } = setUp();
    compose.prompt = 'a fox';
    compose.style = 'porcelain';
    compose.count = 3;
    expect(compose.request()).toEqual({
      operation: 'generate', model: 'local/scene', prompt: 'a fox', count: 3, size: { width: 1024, height: 1024 }, on_unsupported: 'refuse', max_cost: 0
    });
    compose.chooseOperation('stylise');
    compose.bring([staged('allow')]);
    expect(compose.request()).toEqual({
      operation: 'stylise', model: 'local/style-26', count: 1, style: 'porcelain', strength: 100, inputs: [{ sha256: 'ab'.repeat(32), role: 'init' }],
      on_unsupported: 'refuse', max_cost: 0
    });
  });

  it('agrees to the quoted price and no more', async () => {
    const { compose, checks, pause, settled } = setUp();
    compose.changed();
    pause();
    checks[0]!.answer({ quote: { id: 'q', at_most: 4_000, expires: 0 } });
    await settled();
    expect(compose.request().max_cost).toBe(4_000);
  });

  it('makes one draft a picture where choices are open, with seeds in a row', () => {
    const { compose } = setUp();
    compose.prompt = 'a {red|blue} fox';
    compose.count = 3;
    compose.changed();
    compose.lockSeed('18446744073709551615');
    const drafts = compose.drafts(false);
    expect(drafts.map((one) => [one.request.prompt, one.request.count, one.request.seed])).toEqual([
      ['a blue fox', 1, '18446744073709551615'], ['a blue fox', 1, '0'], ['a blue fox', 1, '1']
    ]);
  });

  it('checks what the choices came to, and sends exactly that', async () => {
    const { compose, checks, submitted, pause, settled, picks } = setUp();
    picks.push(0);
    compose.prompt = 'a {red|blue} fox';
    compose.count = 3;
    compose.changed();
    expect(compose.chosen).toEqual(['a red fox', 'a blue fox', 'a blue fox']);
    pause();
    expect(checks.map((one) => one.draft.request.prompt), 'each text once').toEqual(['a red fox', 'a blue fox']);
    checks[0]!.answer({ quote: { id: 'q', at_most: 100, expires: 0 } });
    checks[1]!.answer({ finding: { verdict: 'review', scores: {} } });
    await settled();
    expect([compose.verdict.is, compose.price]).toEqual(['review', 300]);
    const shown = [...compose.chosen];
    compose.changed();
    expect(compose.chosen, 'nothing changed').toEqual(shown);
    await compose.submit(true, () => {});
    expect(submitted.map((one) => [one.request.prompt, one.request.max_cost])).toEqual(shown.map((text) => [text, 100]));
    expect(compose.chosen, 'the next ones are chosen anew').toEqual(['a blue fox', 'a blue fox', 'a blue fox']);
  });

  it('takes over a kept picture: all of it, or only seed or style', () => {
    const { compose } = setUp();
    const request = { operation: 'generate' as const, model: 'local/scene', prompt: 'two owls', count: 1, seed: '9', size: { width: 720, height: 1280 }, on_unsupported: 'refuse' as const, max_cost: 0 };
    compose.prompt = 'mine';
    compose.take(request, 'seed');
    expect([compose.prompt, compose.seed]).toEqual(['mine', '9']);
    compose.chooseOperation('stylise');
    compose.take(request, 'seed');
    expect(compose.operation, 'a seed is brought to where it is seen').toBe('generate');
    compose.aspect = '9:16';
    const wanted = compose.size!;
    compose.aspect = '1:1';
    compose.take({ ...request, size: wanted }, 'all');
    expect([compose.prompt, compose.aspect, compose.seedLocked]).toEqual(['two owls', '9:16', true]);
    compose.take({ ...request, operation: 'stylise', model: 'local/style-26', style: 'porcelain', strength: 40 }, 'style');
    expect([compose.operation, compose.style, compose.strength, compose.prompt]).toEqual(['stylise', 'porcelain', 40, 'two owls']);
  });
});

describe('what the model would make of it', () => {
  const plan = { things: [], setting: [], left_out: ['gloom'] };
  it('is asked of allowed words only, of models that tell, and the latest answer counts', async () => {
    const { compose, checks, plans, pause, settled } = setUp();
    compose.offer([{ ...scene, plans: true }, style]);
    const ask = async (text: string, verdict: 'allow' | 'block') => {
      compose.prompt = text;
      compose.changed();
      pause();
      checks.at(-1)!.answer({ finding: { verdict, scores: {} } });
      await settled();
    };
    await ask('a fox', 'allow');
    expect(plans.map((one) => one.prompt)).toEqual(['a fox']);
    compose.prompt = 'a fox and gloom';
    compose.changed();
    plans[0]!.answer({ ...plan, left_out: ['old'] });
    await settled();
    expect(compose.plan, 'overtaken').toBeNull();
    await ask('a fox and gloom', 'allow');
    plans[1]!.answer(plan);
    await settled();
    expect([compose.plan, compose.verdict.is]).toEqual([plan, 'allow']);
    await ask('something else', 'block');
    expect([plans.length, compose.plan]).toEqual([2, null]);
    compose.offer([scene, style]);
    await ask('a fox', 'allow');
    expect(plans.length, 'this model does not tell').toBe(2);
  });
});

describe('handing in', () => {
  it('tells what was accepted, and throws what was not', async () => {
    const { compose, submitted } = setUp();
    const accepted: string[] = [];
    compose.prompt = 'a fox';
    await compose.submit(true, (id) => accepted.push(id));
    expect([accepted, submitted[0]?.confirmed]).toEqual([['q1'], true]);
    compose.prompt = 'stop';
    await expect(compose.submit(false, (id) => accepted.push(id))).rejects.toBeInstanceOf(HostError);
    expect([accepted, compose.submitting]).toEqual([['q1'], false]);
  });
});
