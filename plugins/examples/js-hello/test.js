// The plugin against a host that answers from a script: `npm test`. `tablon plugin test .` tries the component itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { test } from 'node:test';

// The contract's imports exist in the sandbox alone; here they ask `host`.
const imports = ['send', 'signHmacSha256', 'hold', 'write'];
const stub = imports.map((name) => `export const ${name} = (...given) => globalThis.host.${name}(...given);`).join('\n');
register(
  'data:text/javascript,' +
    encodeURIComponent(`export const resolve = (name, context, next) =>
      name.startsWith('tablon:')
        ? { url: ${JSON.stringify('data:text/javascript,' + encodeURIComponent(stub))}, shortCircuit: true }
        : next(name, context);`),
);
const { publishing } = await import('./plugin.js');
const { basic, extraOf, fail, plugin, refused, send } = await import('./sdk.js');

const posting = {
  title: 'Rust engineer',
  organization: 'Acme',
  locations: ['Sevilla, ES'],
  summary: 'We build boards.',
  url: 'https://board.example/jobs/1',
};
const target = { settings: JSON.stringify({ url: 'https://chatter.example/jobs' }), secrets: ['token'], remembered: [] };
const now = '2026-03-01T09:30:00Z';
const attempt = { key: '0123456789abcdef0123456789abcdef', number: 1, began: now, now, extra: [] };
const context = { now, extra: [] };

/// Answers with this status and remembers the requests.
function answering(status, headers = []) {
  const sent = [];
  globalThis.host = {
    send(request) {
      sent.push(request);
      return { status, headers, body: new TextEncoder().encode('said the server'), truncated: false };
    },
  };
  return sent;
}

test('what is shown is what is sent', () => {
  const sent = answering(201);
  publishing.publish(posting, target, attempt);
  assert.equal(new TextDecoder().decode(sent[0].body.val), publishing.render(posting, target)[0].content);
});

test('the token is named and never seen', () => {
  const sent = answering(201);
  publishing.publish(posting, target, attempt);
  const authorization = sent[0].headers.find(([name]) => name === 'authorization')[1];
  assert.deepEqual(authorization, [{ tag: 'text', val: 'Bearer ' }, { tag: 'secret', val: 'token' }]);
});

test('a refusal says what to do', () => {
  const refused = (status, headers) => {
    answering(status, headers);
    try {
      publishing.publish(posting, target, attempt);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  assert.equal(refused(401).tag, 'unauthorized');
  assert.deepEqual(refused(429, [['retry-after', '7']]), { tag: 'rate-limited', val: ['destination', 7000n] });
  assert.equal(refused(400).tag, 'rejected');
  assert.equal(refused(500).tag, 'uncertain');
});

// The same list holds for the Rust SDK.
for (const { means, ms, repeatable, effect, ...answered } of JSON.parse(readFileSync(new URL('meanings.json', import.meta.url)))) {
  const asked = effect ?? (repeatable ? 'may be repeated' : 'may not be repeated');
  test(`${JSON.stringify(answered)} to what ${asked} means ${means}`, () => {
    const { status, headers = {}, body = 'said the server', unanswered } = answered;
    globalThis.host = {
      send() {
        if (unanswered) throw { payload: { tag: unanswered, val: unanswered === 'budget-exhausted' ? undefined : 'why' } };
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        return { status, headers: Object.entries(headers), body: new TextEncoder().encode(text), truncated: false };
      },
    };
    let error;
    try {
      error = refused(send({ method: 'post', url: 'https://chatter.example/', repeatable, effect }));
    } catch (thrown) {
      error = thrown;
    }
    assert.equal(error.tag, means);
    if (ms !== undefined) assert.deepEqual(error.val, ['destination', BigInt(ms)]);
  });
}

test('what a plugin leaves out of its records is there for the host', () => {
  const verified = publishing.verify(target, context);
  assert.deepEqual(verified.account, { label: 'https://chatter.example/jobs', url: undefined, extra: [] });
  assert.deepEqual([verified.remember, verified.extra], [[], []]);
  assert.deepEqual(publishing.render(posting, target)[0].extra, []);
  assert.deepEqual(publishing.check({}, posting, target, context), { tag: 'unknowable' });
  assert.throws(() => publishing.adopt('https://e.org', posting, target, context), fail.unsupported());
});

test('what verify asks to remember comes back as an object', () => {
  const shy = plugin({
    verify: (target, { now }) => ({ label: now, remember: { limit: 500 } }),
    render: (posting, target) => [{ content: String(target.remembered.limit) }],
  });
  const { account, remember } = shy.verify(target, context);
  assert.deepEqual([account.label, remember], [now, [['limit', '500']]]);
  assert.equal(shy.render(posting, { ...target, remembered: remember })[0].content, '500');
  assert.deepEqual(extraOf([['salary', '{"currency":"EUR"}']]), { salary: { currency: 'EUR' } });
});

test('parts and a user with a password are composed by the host', () => {
  const sent = answering(200);
  const parts = [{ name: 'text', content: 'a' }, { name: 'photo', content: new Uint8Array([1]), filename: 'a.png', mediaType: 'image/png' }];
  send({ method: 'post', url: 'https://e.org', headers: { authorization: ['Basic ', basic('me', 'password')] }, body: parts });
  assert.equal(sent[0].body.tag, 'multipart');
  assert.equal(sent[0].body.val[1].mediaType, 'image/png');
  assert.deepEqual(sent[0].headers[0][1][1], { tag: 'basic', val: { user: 'me', secret: 'password' } });
});

test('a GET reads and everything else acts, unless it is said', () => {
  const effects = (request) => {
    const sent = answering(200);
    send({ url: 'https://e.org', ...request });
    return sent[0].effect;
  };
  assert.equal(effects({}), 'reads');
  assert.equal(effects({ method: 'put' }), 'acts');
  assert.equal(effects({ method: 'post', effect: 'reads' }), 'reads');
});

test('a long offer keeps its link', () => {
  const [preview] = publishing.render({ ...posting, title: '👩‍💻'.repeat(2000) }, target);
  assert.ok(preview.length <= preview.limit);
  assert.ok(preview.content.endsWith(posting.url));
});
