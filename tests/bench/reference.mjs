// nsfwjs itself, asked about pictures: the reference that our record of it is compared with.
//
//   node reference.mjs FILE…
//
// A file is width and height as 32-bit little-endian numbers, then red, green and blue of each pixel; so that no second decoder has a say.
// Answers one line a picture: the probabilities in the model's own order.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
const nsfwjs = require('nsfwjs');

const CLASSES = ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'];

console.info = console.warn = () => {}; // standard output is the answer
wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
wasm.setThreadsCount(1);
tf.enableProdMode();
await tf.setBackend('wasm');
await tf.ready();
const model = await nsfwjs.load('MobileNetV2Mid');
for (const file of process.argv.slice(2)) {
  const raw = fs.readFileSync(file);
  const [width, height] = [raw.readUInt32LE(0), raw.readUInt32LE(4)];
  const picture = tf.tensor3d(new Int32Array(raw.subarray(8)), [height, width, 3], 'int32');
  const predictions = await model.classify(picture);
  const scores = CLASSES.map((name) => predictions.find((one) => one.className === name).probability);
  process.stdout.write(`${JSON.stringify(scores)}\n`);
  picture.dispose();
}
