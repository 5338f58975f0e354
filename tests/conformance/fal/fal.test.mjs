// The official client of fal: what it expects of fal's queue holds for the fake our adapter is tried against.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiError, createFalClient, ValidationError } from '@fal-ai/client';
import { partners } from '../openai/host.mjs';

let far;
let fal;
const client = (credentials) => createFalClient({
  credentials,
  retry: { maxRetries: 0 },
  requestMiddleware: (request) => ({ ...request, url: request.url.replace('https://queue.fal.run', far.fal) })
});
before(async () => {
  far = await partners();
  fal = client(far.fal_key);
});
after(() => far?.close());

const MODEL = 'fal-ai/flux/schnell';
const input = { prompt: 'a lighthouse at dawn', num_images: 2, image_size: { width: 128, height: 64 }, seed: 7 };
const FOREVER = 2 ** 32 - 1;

test('puts a request into the queue, asks how it stands and fetches its result', async () => {
  await far.order({ takes: 2 });
  const { request_id: requestId, status_url } = await fal.queue.submit(MODEL, { input });
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.ok(status_url.startsWith(far.fal));
  const seen = [];
  while (seen.at(-1) !== 'COMPLETED') seen.push((await fal.queue.status(MODEL, { requestId })).status);
  assert.deepEqual(seen, ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']);
  const { data, requestId: same } = await fal.queue.result(MODEL, { requestId });
  assert.equal(same, requestId);
  assert.equal(data.seed, 7);
  assert.deepEqual(data.has_nsfw_concepts, [false, false]);
  assert.equal(data.images.length, 2);
  for (const { url, width, height, content_type: kind } of data.images) {
    assert.deepEqual([width, height, kind], [128, 64, 'image/png']);
    const picture = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.deepEqual([picture.subarray(1, 4).toString(), picture.readUInt32BE(16), picture.readUInt32BE(20)], ['PNG', 128, 64]);
  }
});

test('subscribes until it is done', async () => {
  await far.order({ takes: 2 });
  const seen = [];
  const { data } = await fal.subscribe(MODEL, { input, pollInterval: 1, onQueueUpdate: ({ status }) => seen.push(status) });
  assert.equal(data.images.length, 2);
  assert.deepEqual([seen[0], seen.at(-1)], ['IN_QUEUE', 'COMPLETED']);
});

test('takes a request back, but none that is done and none that nobody knows', async () => {
  await far.order({ takes: FOREVER });
  const { request_id: requestId } = await fal.queue.submit(MODEL, { input });
  await fal.queue.cancel(MODEL, { requestId });
  assert.equal((await far.order({})).fal.cancelled, 1);
  await far.order({ takes: 0 });
  const done = await fal.queue.submit(MODEL, { input });
  await assert.rejects(fal.queue.cancel(MODEL, { requestId: done.request_id }), (error) => error instanceof ApiError && error.status === 400 && error.body.status === 'ALREADY_COMPLETED');
  const nobody = { requestId: 'nobody-knows-it' };
  for (const act of ['status', 'result', 'cancel']) {
    await assert.rejects(fal.queue[act](MODEL, nobody), (error) => error instanceof ApiError && error.status === 404);
  }
  assert.equal((await far.order({})).fal.cancelled, 1);
});

test('says where it is to knock', async () => {
  const webhookUrl = 'https://studio.example/api/v1/webhooks/fal';
  const { request_id: requestId } = await fal.queue.submit(MODEL, { input, webhookUrl });
  assert.equal((await far.order({})).fal.hooks[requestId], webhookUrl);
});

test('is refused in a form it understands', async () => {
  await assert.rejects(client('nobody:at-all').queue.submit(MODEL, { input }), (error) => error instanceof ApiError && error.status === 401);
  await assert.rejects(fal.queue.submit(MODEL, { input: {} }), (error) => error instanceof ValidationError && error.getFieldErrors('prompt')[0].type === 'missing');
  const { fal: { made } } = await far.order({});
  await far.order({ fal_refuses: 500 });
  await assert.rejects(fal.queue.submit(MODEL, { input }), (error) => error instanceof ApiError && error.status === 500);
  assert.equal((await far.order({})).fal.made, made);
});
