// Reads a TensorFlow.js model that a package carries as JavaScript modules with base64 inside.
//   node read_tfjs.mjs MODEL_FOLDER SHARDS OUT_FOLDER   writes OUT_FOLDER/model.json and OUT_FOLDER/weights.bin
// Each module is evaluated in an empty context of its own: it can define a value and do nothing else.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

const [folder, shards, out] = process.argv.slice(2);

function value(file) {
  const module = { exports: {} };
  vm.runInNewContext(fs.readFileSync(path.join(folder, file), 'utf8'), { module, exports: module.exports });
  return module.exports.default ?? module.exports;
}

const weights = [];
for (let shard = 1; shard <= Number(shards); shard += 1) {
  weights.push(Buffer.from(value(`group1-shard${shard}of${shards}.min.js`), 'base64'));
}
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(path.join(out, 'model.json'), JSON.stringify(value('model.min.js')));
fs.writeFileSync(path.join(out, 'weights.bin'), Buffer.concat(weights));
