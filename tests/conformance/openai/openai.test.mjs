// The official client of OpenAI: what it expects of OpenAI holds for the fake our adapter is tried against, and for our service.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import OpenAI, { toFile } from 'openai';
import { partners, service } from './host.mjs';

let far;
let ours;
before(async () => {
  far = await partners();
  ours = await service(far);
});
after(async () => {
  await ours?.close();
  await far?.close();
});

const PROMPT = 'a lighthouse beside a zebra-striped umbrella at dawn';
const MODEL = 'gpt-image-2';
const ask = { model: MODEL, prompt: PROMPT, size: '512x512' };
const client = (which, options = {}) =>
  new OpenAI({ apiKey: which === 'fake' ? far.key : ours.key, baseURL: `${which === 'fake' ? far.openai : ours.address}/v1`, maxRetries: 0, ...options });

/** Width and height of a PNG whose first row can be read. */
function sides(b64) {
  const png = Buffer.from(b64, 'base64');
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  let at = 8;
  const data = [];
  while (at < png.length) {
    const length = png.readUInt32BE(at);
    if (png.subarray(at + 4, at + 8).toString() === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  assert.ok(inflateSync(Buffer.concat(data)).length > 0);
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

/** A picture with transparency in its upper half, made by the far end itself. */
async function photo() {
  const { data } = await client('fake').images.generate(ask);
  return toFile(Buffer.from(data[0].b64_json, 'base64'), 'photo.png', { type: 'image/png' });
}

for (const which of ['fake', 'service']) {
  test(`${which}: lists its models`, async () => {
    const ids = [];
    for await (const one of client(which).models.list()) ids.push(one.id);
    assert.ok(ids.some((id) => id.endsWith(MODEL)), ids.join());
  });

  test(`${which}: makes pictures from words`, async () => {
    const made = await client(which).images.generate({ ...ask, n: 2, response_format: undefined, user: 'someone' });
    assert.equal(made.data.length, 2);
    made.data.forEach((one) => assert.deepEqual(sides(one.b64_json), [512, 512]));
    assert.equal(made.output_format, 'png');
    assert.equal(made.size, '512x512');
    assert.ok(Number.isInteger(made.created));
  });

  test(`${which}: changes one picture, and several`, async () => {
    const image = await photo();
    const one = await client(which).images.edit({ ...ask, image });
    assert.equal(one.data.length, 1);
    const several = await client(which).images.edit({ ...ask, image: [image, await photo()], n: 2 });
    assert.equal(several.data.length, 2);
  });

  test(`${which}: tells the result as an event`, async () => {
    const events = [];
    for await (const event of await client(which).images.generate({ ...ask, stream: true })) events.push(event);
    assert.equal(events.at(-1).type, 'image_generation.completed');
    assert.deepEqual(sides(events.at(-1).b64_json), [512, 512]);
  });

  test(`${which}: shows a picture before it is finished`, async () => {
    const calls = {
      image_generation: client(which).images.generate({ ...ask, stream: true, partial_images: 2 }),
      image_edit: client(which).images.edit({ ...ask, image: await photo(), stream: true, partial_images: 2 })
    };
    for (const [kind, call] of Object.entries(calls)) {
      const events = [];
      for await (const event of await call) events.push(event);
      assert.deepEqual(events.map((one) => [one.type, one.partial_image_index]), [
        [`${kind}.partial_image`, 0], [`${kind}.partial_image`, 1], [`${kind}.completed`, undefined]
      ]);
      for (const { b64_json: picture, output_format: format, created_at: created } of events) {
        assert.deepEqual([sides(picture), format, Number.isInteger(created)], [[512, 512], 'png', true]);
      }
      assert.equal(new Set(events.map((one) => one.b64_json)).size, 3);
    }
    await assert.rejects(client(which).images.generate({ ...ask, stream: true, partial_images: 4 }), (error) => error instanceof OpenAI.BadRequestError);
  });

  test(`${which}: a content block that comes among the events is told as one`, async () => {
    await far.order({ fault: 'blocks_output' });
    const watch = async () => {
      for await (const event of await client(which).images.generate({ ...ask, stream: true, partial_images: 1 })) {
        assert.equal(event.type, 'image_generation.partial_image');
      }
    };
    await assert.rejects(watch(), (error) => error instanceof OpenAI.APIError && error.code === 'moderation_blocked');
  });

  test(`${which}: refuses in a form the client understands`, async () => {
    const wrong = { apiKey: 'sk-nobody-knows-this-one-at-all-1234' };
    await assert.rejects(client(which, wrong).images.generate(ask), (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
    await assert.rejects(client(which).images.generate({ ...ask, model: 'dall-e-3' }), (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
    await assert.rejects(client(which).images.generate({ ...ask, n: 11 }), (error) => error instanceof OpenAI.BadRequestError && error.code === 'invalid_value');
    await assert.rejects(client(which).images.generate({ ...ask, size: 'large' }), (error) => error instanceof OpenAI.BadRequestError);
    await assert.rejects(client(which).images.generate({ ...ask, steps: 30 }), (error) => error instanceof OpenAI.BadRequestError);
    await assert.rejects(client(which).post('/images/variations', { body: {} }), (error) => error instanceof OpenAI.NotFoundError && error.code === 'unknown_url');
  });

  for (const [fault, code] of [['blocks_input', 'moderation_blocked'], ['blocks_output', 'moderation_blocked']]) {
    test(`${which}: a content block is told as one (${fault})`, async () => {
      await far.order({ fault });
      await assert.rejects(client(which).images.generate(ask), (error) => error.status === 400 && error.code === code && error.type === 'image_generation_user_error');
    });
  }
}

test('fake: the client tries again where it always does', async () => {
  const { asked } = await far.order({});
  await far.order({ fault: 'rate_limit' });
  await far.order({ fault: 'server_error' });
  const { data } = await client('fake', { maxRetries: 2 }).images.generate(ask);
  assert.equal(data.length, 1);
  assert.equal((await far.order({})).asked, asked + 3);
});

test('service: an answer the provider loses is lost once, however often the client would try', async () => {
  for (const fault of ['hangs_up', 'breaks']) {
    const { made } = await far.order({ fault });
    await assert.rejects(client('service', { maxRetries: 5 }).images.generate(ask), (error) => error.status === 502 && error.code === 'outcome_unknown');
    assert.equal((await far.order({})).made, made + 1, fault);
  }
});

test('service: a provider that fails is asked once, and what comes back is typed', async () => {
  for (const [fault, code, status] of [['server_error', 'partner_unavailable', 503], ['garbage', 'no_output', 502]]) {
    const { asked } = await far.order({ fault });
    await assert.rejects(client('service', { maxRetries: 5 }).images.generate(ask), (error) => error.status === status && error.code === code);
    assert.equal((await far.order({})).asked, asked + 1, fault);
  }
});

test('service: what the check of the service stops never comes near the provider', async () => {
  const { asked } = await far.order({});
  await assert.rejects(client('service', { maxRetries: 5 }).images.generate({ ...ask, prompt: 'explicit hardcore porn scene of naked people' }), (error) => error.code === 'moderation_blocked');
  assert.equal((await far.order({})).asked, asked);
});

test('service: a client that lost the answer and calls again gets the same job', async () => {
  const { asked } = await far.order({});
  let lost = 0;
  const forgetful = client('service', {
    maxRetries: 2,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (lost++ > 0) return answer;
      await answer.arrayBuffer();
      throw new TypeError('the connection broke');
    }
  });
  const { data } = await forgetful.images.generate({ ...ask, prompt: 'three owls on a fence in the snow' });
  assert.equal(data.length, 1);
  assert.equal(lost, 2);
  assert.equal((await far.order({})).asked, asked + 1);
});

test('service: the same key of idempotency is the same job', async () => {
  const { asked } = await far.order({});
  const options = { headers: { 'Idempotency-Key': 'one-intention' } };
  const [first, second] = [await client('service').images.generate(ask, options), await client('service').images.generate(ask, options)];
  assert.equal(first.data[0].b64_json, second.data[0].b64_json);
  assert.equal((await far.order({})).asked, asked + 1);
});

test('service: a key that was taken back opens nothing', async () => {
  assert.equal((await ours.owner('DELETE', `/keys/${ours.keyId}`)).status, 204);
  await assert.rejects(client('service').images.generate(ask), (error) => error.status === 401);
});
