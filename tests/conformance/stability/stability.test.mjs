// Stability has no client of its own for pictures: what its reference says of paths, fields, headers and errors holds for the fake.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { partners } from '../openai/host.mjs';

let far;
before(async () => {
  far = await partners();
});
after(() => far?.close());

const PROMPT = 'a lighthouse at dawn';

/** A call as the reference has it: a form, a bearer token, and what is accepted. */
function call(service, fields, { accept = 'application/json', key = far.stability_key } = {}) {
  const form = new FormData();
  Object.entries(fields).forEach(([name, value]) => form.set(name, value, ...(value instanceof Blob ? ['picture.png'] : [])));
  return fetch(`${far.stability}/v2beta/stable-image/${service}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, accept }, body: form });
}

const sides = (picture) => [picture.readUInt32BE(16), picture.readUInt32BE(20)];

async function refused(answer, status, name) {
  assert.equal(answer.status, status);
  const error = await answer.json();
  assert.deepEqual(Object.keys(error).sort(), ['errors', 'id', 'name']);
  assert.deepEqual([error.name, typeof error.id, Array.isArray(error.errors)], [name, 'string', true]);
}

test('makes a picture from words, told as JSON or as a file', async () => {
  for (const service of ['generate/core', 'generate/ultra']) {
    const fields = { prompt: PROMPT, negative_prompt: 'rain', seed: '41', output_format: 'png' };
    const told = await (await call(service, fields)).json();
    assert.deepEqual([told.finish_reason, told.seed], ['SUCCESS', 41]);
    assert.deepEqual(sides(Buffer.from(told.image, 'base64')), [64, 64]);
    const file = await call(service, fields, { accept: 'image/*' });
    assert.deepEqual(['content-type', 'finish-reason', 'seed'].map((name) => file.headers.get(name)), ['image/png', 'SUCCESS', '41']);
    assert.deepEqual(sides(Buffer.from(await file.arrayBuffer())), [64, 64]);
  }
});

test('enlarges and cuts out a picture that goes along as a file', async () => {
  const made = Buffer.from(await (await call('generate/core', { prompt: PROMPT }, { accept: 'image/*' })).arrayBuffer());
  for (const [service, side] of [['upscale/fast', 256], ['edit/remove-background', 64]]) {
    const told = await (await call(service, { image: new Blob([made]), output_format: 'png' })).json();
    assert.deepEqual(sides(Buffer.from(told.image, 'base64')), [side, side], service);
  }
  await refused(await call('upscale/fast', { output_format: 'png' }), 400, 'bad_request');
  await refused(await call('upscale/fast', { image: new Blob([Buffer.alloc(10 * 1024 * 1024 + 1)]) }), 413, 'payload_too_large');
});

test('refuses by id, name and errors', async () => {
  await refused(await call('generate/core', { prompt: PROMPT }, { key: 'nobody' }), 401, 'unauthorized');
  await refused(await call('generate/core', { prompt: PROMPT }, { accept: 'text/html' }), 400, 'bad_request');
  await refused(await call('generate/nothing', { prompt: PROMPT }), 404, 'not_found');
  await refused(await call('generate/core', {}), 400, 'bad_request');
  await refused(await call('generate/core', { prompt: PROMPT, steps: '30' }), 400, 'bad_request');
  await refused(await call('generate/core', { prompt: PROMPT, seed: '4294967295' }), 400, 'bad_request');
});

test('a flagged request is refused, a flagged result is a blurred picture that says so', async () => {
  await far.order({ stability: 'blocks_input' });
  await refused(await call('generate/core', { prompt: PROMPT }), 403, 'content_moderation');
  await far.order({ stability: 'blocks_output' });
  const told = await call('generate/core', { prompt: PROMPT });
  assert.deepEqual([told.status, (await told.json()).finish_reason], [200, 'CONTENT_FILTERED']);
  await far.order({ stability: 'blocks_output' });
  const file = await call('generate/core', { prompt: PROMPT }, { accept: 'image/*' });
  assert.deepEqual([file.status, file.headers.get('finish-reason')], [200, 'CONTENT_FILTERED']);
});
