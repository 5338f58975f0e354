// The cases are worth something only if they fail where they should: each is run against a service that is wrong in one way.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const cases = join(import.meta.dirname, 'auth-js.test.mjs');

function run(fault, pattern) {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env; // else the runs would think themselves part of this one
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', `--test-name-pattern=${pattern}`, cases], {
      env: { ...environment, ALLXONE_AUTH_FAULT: fault },
      stdio: ['ignore', 'pipe', 'inherit']
    });
    let text = '';
    child.stdout.on('data', (part) => (text += part));
    child.once('exit', (code) => done({ code, text }));
  });
}

test('what stands between changes nothing by itself', async () => {
  const { code, text } = await run('none', '^(4|16|17|36)\\. ');
  assert.equal(code, 0, text);
});

for (const [fault, pattern] of [
  ['codes-live-on', '^4\\. '],
  ['sessions-live-on', '^16\\. '],
  ['tokens-fork', '^17\\. '],
  ['old-faults', '^36\\. ']
]) {
  test(`a service with “${fault}” does not pass`, async () => {
    const { code, text } = await run(fault, pattern);
    assert.notEqual(code, 0);
    assert.match(text, new RegExp(`not ok \\d+ - ${pattern.slice(1)}`));
  });
}
