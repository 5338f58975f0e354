// The benchmark's Node peer: nsfwjs itself, on TensorFlow.js' WebAssembly backend with one thread.
//
//   node peer.mjs JPEG
//
// Reads the name of a step a line from standard input, does it once, answers with a line of JSON. CPU time is measured from
// outside, in the same way for every peer.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
const nsfwjs = require('nsfwjs');
const jpeg = require('jpeg-js');
const sharp = require('sharp');

const CLASSES = ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'];

console.info = console.warn = () => {}; // standard output is the protocol
wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
wasm.setThreadsCount(1);
sharp.concurrency(1);
sharp.cache(false);
tf.enableProdMode();
await tf.setBackend('wasm');
await tf.ready();
const model = await nsfwjs.load('MobileNetV2Mid');
const file = fs.readFileSync(process.argv[2]);

function decode() {
  const { width, height, data } = jpeg.decode(file, { useTArray: true, maxMemoryUsageInMB: 1024, formatAsRGBA: false });
  return tf.tensor3d(new Int32Array(data), [height, width, 3], 'int32');
}

/** The same by libvips, a native library, as a server would. */
async function decodeNatively() {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return tf.tensor3d(new Int32Array(data), [info.height, info.width, 3], 'int32');
}

async function classify(picture) {
  const [, hentai, , porn, sexy] = await probabilities(await model.classify(picture));
  picture.dispose();
  return { scores: [hentai + porn, sexy] };
}

async function probabilities(predictions) {
  return CLASSES.map((name) => predictions.find((prediction) => prediction.className === name).probability);
}

const small = tf.tidy(() => tf.cast(tf.image.resizeBilinear(decode(), [224, 224]), 'int32'));

const steps = {
  async screen() {
    return classify(decode());
  },
  async 'screen-native'() {
    return classify(await decodeNatively());
  },
  async infer() {
    const logits = model.infer(small);
    const scores = Array.from(await logits.data());
    logits.dispose();
    return { scores };
  },
};

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: `nsfwjs 4.4.0, TensorFlow.js ${tf.version.tfjs} ${tf.getBackend()}, sharp ${sharp.versions.sharp}, Node ${process.versions.node}` });
for await (const step of readline.createInterface({ input: process.stdin })) {
  say(await steps[step]());
}
