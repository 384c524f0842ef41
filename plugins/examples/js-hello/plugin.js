// Posts each job as plain text to an address.

import { plugin, receipt, refused, secret, send, shorten } from './sdk.js';

/// The longest text that is sent, in UTF-16 units.
const LIMIT = 2000;

const fields = [
  {
    name: 'url',
    type: 'url',
    required: true,
    label: { en: 'Address', es: 'Dirección' },
    help: { en: 'Each job is sent there as text.', es: 'Cada oferta se envía ahí como texto.' },
  },
  {
    name: 'token',
    type: 'secret',
    required: false,
    label: { en: 'Token', es: 'Token' },
    help: { en: 'Sent along as “Authorization: Bearer …”.', es: 'Se envía como «Authorization: Bearer …».' },
  },
];

function message(posting) {
  const facts = [posting.organization, posting.locations.join('; '), posting.pay].filter(Boolean).join(' · ');
  const end = `\n\n${posting.url}`;
  const start = `${posting.title}\n${facts}\n\n${posting.summary}`.trim();
  // The link is what must not be cut off.
  return shorten(start, LIMIT - end.length) + end;
}

function post(target, more, body) {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...more };
  if (target.secrets.includes('token')) headers.authorization = ['Bearer ', secret('token')];
  return send({ method: 'post', url: target.settings.url, headers, body });
}

export const publishing = plugin({
  describe: () => ({ name: 'Hello from JavaScript', fields }),

  render(posting) {
    const content = message(posting);
    return [{ format: 'text', content, length: content.length, limit: LIMIT, unit: 'utf16', warnings: [] }];
  },

  verify(target) {
    return {
      label: target.settings.url,
      warnings: ['Whether this address takes jobs shows with the first one: nothing was sent.'],
    };
  },

  publish(posting, target, attempt) {
    const answer = post(target, { 'idempotency-key': attempt.key }, message(posting));
    if (!answer.ok) throw refused(answer);
    return receipt({ version: 1, url: target.settings.url });
  },
});
