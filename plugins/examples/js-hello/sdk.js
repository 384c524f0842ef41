// A small kit over the contract `tablon:plugin` 1.0: what every plugin written in JavaScript needs.
//
// In the sandbox there is no fetch, no clock, no file and no variable: only the imports below. `describe`, `render`
// and `repeats` may call none of them.

import { send as sendRequest, signHmacSha256 } from 'tablon:plugin/http@1.0.0';
import { hold } from 'tablon:plugin/pacing@1.0.0';
import { write } from 'tablon:plugin/log@1.0.0';

export { hold, signHmacSha256 };

/// The errors of the contract: `throw fail.rejected('too long')`. Each says what the host does next.
export const fail = {
  /// Pauses the channel and names the setting: `fail.invalidSetting('/url', 'nothing is there')`.
  invalidSetting: (pointer, message) => ({ tag: 'invalid-settings', val: [{ pointer, message }] }),
  /// Pauses the channel and asks for another credential.
  unauthorized: (message) => ({ tag: 'unauthorized', val: message }),
  /// Holds the lane, `credential`, `destination` or `server`, for exactly so long.
  rateLimited: (lane, milliseconds) => ({ tag: 'rate-limited', val: [lane, BigInt(Math.ceil(milliseconds))] }),
  /// Certainly didn't happen, or may safely happen again: repeated later.
  transient: (message) => ({ tag: 'transient', val: message }),
  /// May have happened: never repeated blindly.
  uncertain: (message) => ({ tag: 'uncertain', val: message }),
  /// A part of it is done, and certainly no more; the receipt names what is there. The host goes on with `update`, or
  /// with `retract` where that is what was unfinished.
  unfinished: (receipt, message) => ({ tag: 'unfinished', val: [receipt, message] }),
  /// Will never be accepted as it is.
  rejected: (message) => ({ tag: 'rejected', val: message }),
  /// The copy no longer exists.
  gone: () => ({ tag: 'gone' }),
  unsupported: () => ({ tag: 'unsupported' }),
};

/// The lists called `extra` as objects: `extraOf(posting.extra).salary?.currency`, and back.
export const extraOf = (list) => Object.fromEntries(list.map(([name, json]) => [name, JSON.parse(json)]));
const listOf = (object = {}) => Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]);

/// The contract's exports, with an answer for what a plugin leaves out. The target's settings and what it remembers come
/// as objects; what `verify` asks to remember is one as well.
export function plugin(own) {
  const settled = (target) => ({
    ...target,
    settings: JSON.parse(target.settings),
    remembered: extraOf(target.remembered),
  });
  const unsupported = () => {
    throw fail.unsupported();
  };
  return {
    describe() {
      const { name, fields, template = '', features = {} } = own.describe();
      return {
        name,
        settingsSchema: JSON.stringify({ fields }),
        defaultTemplate: template,
        features: { update: false, retract: false, locate: false, check: false, adopt: false, ...features },
        extra: [],
      };
    },
    render: (posting, target) => own.render(posting, settled(target)).map((preview) => ({ extra: [], ...preview })),
    repeats: (target) => own.repeats?.(settled(target)) ?? { tag: 'never' },
    verify(target, context) {
      const { label, url, warnings = [], remember } = own.verify(settled(target), context);
      return { account: { label, url, extra: [] }, warnings, remember: listOf(remember), extra: [] };
    },
    publish: (posting, target, attempt) => own.publish(posting, settled(target), attempt),
    update: (receipt, posting, target, attempt) =>
      (own.update ?? unsupported)(receipt, posting, settled(target), attempt),
    retract: (receipt, mode, posting, target, attempt) =>
      (own.retract ?? unsupported)(receipt, mode, posting, settled(target), attempt),
    locate: (posting, target, attempt) =>
      own.locate?.(posting, settled(target), attempt) ?? { tag: 'unknowable' },
    check: (receipt, posting, target, context) =>
      own.check?.(receipt, posting, settled(target), context) ?? { tag: 'unknowable' },
    adopt: (reference, posting, target, context) =>
      (own.adopt ?? unsupported)(reference, posting, settled(target), context),
  };
}

/// Names a secret in a URL or a header: `headers: { authorization: ['Bearer ', secret('token')] }`.
export const secret = (name) => ({ tag: 'secret', val: name });

/// A user's name and a secret in a header: `headers: { authorization: ['Basic ', basic('me', 'password')] }`.
export const basic = (user, secret) => ({ tag: 'basic', val: { user, secret } });

/// Sends a request and returns the answer, whatever its status. Throws where no answer came.
///
/// `repeatable` is the question that matters: may this call be made twice without harm? Reading, editing to a given
/// state and deleting may. A send may not: twice done is two messages. A request that only `reads` always may, whatever
/// its method; a GET reads unless you say that it `acts`.
export function send({ method = 'get', url, headers = {}, body, timeoutMs, effect = method === 'get' ? 'reads' : 'acts', ...more }) {
  const reading = effect === 'reads';
  const repeatable = reading || (more.repeatable ?? false);
  const pieces = (value) => [value].flat().map((piece) => (typeof piece === 'string' ? { tag: 'text', val: piece } : piece));
  let answer;
  try {
    answer = sendRequest({
      method,
      url: pieces(url),
      headers: Object.entries(headers).map(([name, value]) => [name, pieces(value)]),
      body: wireBody(body),
      effect,
      timeoutMs,
      extra: [],
    });
  } catch (error) {
    throw unanswered(error, repeatable);
  }
  const found = new Map(answer.headers);
  return {
    status: answer.status,
    repeatable,
    reading,
    ok: answer.status >= 200 && answer.status < 300,
    header: (name) => found.get(name),
    text: () => new TextDecoder().decode(answer.body),
    json: () => JSON.parse(new TextDecoder().decode(answer.body)),
  };
}

/// What a refusal means, by its status, whether the call may be repeated, and how long the platform asks to wait: as in
/// the Rust SDK. `said` are the platform's own words; `lane` is what a rate limit holds for.
export function refused(answer, { lane = 'destination', said = answer.text().slice(0, 300) } = {}) {
  const words = `the server answered ${answer.status}: ${said}`;
  const { status, repeatable } = answer;
  const wait = waitOf(answer);
  if (status === 401) return fail.unauthorized(words);
  if (status === 403) return fail.invalidSetting('', words);
  if (status === 404 || status === 410) {
    return repeatable && !answer.reading ? fail.gone() : fail.invalidSetting('', words);
  }
  if (status === 429) return fail.rateLimited(lane, wait ?? 30_000);
  if (status === 503 && repeatable && wait !== undefined) return fail.rateLimited(lane, wait);
  if ([408, 409, 425].includes(status)) return fail.transient(words);
  // A server that failed, or the gateway before it, may have done its work before.
  if (status >= 500) return repeatable ? fail.transient(words) : fail.uncertain(words);
  // Another server altogether; a platform that says no with 200 does so in its JSON.
  if (status < 200 || (status >= 300 && status < 400)) return fail.invalidSetting('', words);
  return fail.rejected(words);
}

/// The wait that the JSON or the header asks for, in milliseconds.
function waitOf(answer) {
  let body;
  try {
    body = answer.json();
  } catch {
    // No JSON: then the header says it, or nothing.
  }
  if (Number.isInteger(body?.retry_after_ms)) return body.retry_after_ms;
  const seconds = [body?.retry_after, body?.parameters?.retry_after].find((given) => typeof given === 'number');
  const header = answer.header('retry-after');
  if (seconds !== undefined || header === undefined) return seconds === undefined ? undefined : 1000 * seconds;
  if (header.trim() !== '' && Number(header) >= 0) return 1000 * Number(header);
  // A date. There is no clock here: the answer says when it was made.
  const until = Date.parse(header) - Date.parse(answer.header('date'));
  return Number.isNaN(until) ? undefined : Math.max(until, 0);
}

/// A line in the host's log; `level` is `debug`, `info`, `warn` or `error`.
export const log = (level, message, fields = {}) => write(level, message, Object.entries(fields));

/// A receipt that holds a value, and the value it holds. Receipts outlive versions of a plugin: keep reading old ones.
export const receipt = (value, url) => ({ handle: bytesOf(JSON.stringify(value)), url, extra: [] });
export const handleOf = (given) => JSON.parse(new TextDecoder().decode(given.handle));

/// At most `limit` UTF-16 units, cut between characters and marked with an ellipsis.
export function shorten(text, limit) {
  if (text.length <= limit) return text;
  let short = '';
  for (const character of text) {
    if (short.length + character.length > limit - 1) break;
    short += character;
  }
  return short.trimEnd() + '…';
}

function unanswered(error, repeatable) {
  const { tag, val } = error.payload ?? error;
  switch (tag) {
    case 'not-sent':
      return fail.transient(val);
    case 'no-answer':
      return repeatable ? fail.transient(val) : fail.uncertain(val);
    case 'denied':
    case 'invalid-request':
      return fail.invalidSetting('', val);
    case 'budget-exhausted':
      return fail.transient('the call has used up its requests');
    default:
      return error;
  }
}

/// Text or bytes; or a list of parts, `{ name, content, filename, mediaType }`, for multipart/form-data.
function wireBody(body) {
  if (body === undefined) return { tag: 'empty' };
  if (!Array.isArray(body)) return { tag: 'bytes', val: bytesOf(body) };
  const part = ({ name, content, filename, mediaType }) => ({ name, content: bytesOf(content), filename, mediaType });
  return { tag: 'multipart', val: body.map(part) };
}

const bytesOf = (body) => (typeof body === 'string' ? new TextEncoder().encode(body) : body);
