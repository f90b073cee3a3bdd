// An OpenID provider of another making, for the stories: panva's oidc-provider on a free port.
//
// The clock, the keys and the groups are the story's: a line on standard input is a JSON object
// with what is to be different, and each is answered by a line with `issuer`.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

// Its remarks go beside the answers.
for (const kind of ['info', 'warn', 'log']) console[kind] = console.error;

// Without a time of the story's, the machine's own.
const clock = Date.now;
const settings = { now: null, keys: 1, groups: ['/ops'], skew: 0, names: true };
Date.now = () => (settings.now ?? clock()) + settings.skew;

const keys = [];
function key(number) {
  while (keys.length < number) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    keys.push({ ...privateKey.export({ format: 'jwk' }), kid: `key-${keys.length}`, use: 'sig' });
  }
  return keys[number - 1];
}

const server = createServer((request, response) => handle(request, response));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
let handle;

function build(plane) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'cellplane',
        client_secret: 's3cret/with+signs',
        redirect_uris: [`${plane}/sign-in/callback`],
        post_logout_redirect_uris: [`${plane}/sign-in?signed-out`],
      },
    ],
    jwks: { keys: [key(settings.keys)] },
    cookies: { keys: ['only', 'for', 'stories'] },
    claims: {
      openid: ['sub', 'groups'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        groups: settings.groups,
        name: `Person ${id}`,
        ...(settings.names ? { preferred_username: id } : {}),
        email: `${id}@acme.example`,
        email_verified: true,
      }),
    }),
  });
  handle = provider.callback();
}

for await (const line of createInterface({ input: process.stdin })) {
  Object.assign(settings, JSON.parse(line));
  // With new keys, a new provider behind the old address; whoever is on their way begins again.
  build(settings.plane);
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
}
process.exit(0);
