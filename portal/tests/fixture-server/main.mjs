// A fixture for developing the portal without a plane: answers the schema from memory, with made-up
// progress. Not part of the product, and never used by the browser story.
//
//   npm run build && npm run fixture-server     → http://127.0.0.1:8080/sign-in#developer

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { buildSchema, graphql, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

import { plane, users } from './plane.mjs';

const dist = new URL('../../dist/', import.meta.url).pathname;
const schema = buildSchema(
  readFileSync(new URL('../../../graphql/schema.graphql', import.meta.url), 'utf8'),
);
const kinds = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
};
const used = new Set();

const userOf = (request) =>
  users[/cellplane_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1]];
const body = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
};
const json = (response, status, value, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(value === undefined ? undefined : JSON.stringify(value));
};

async function answer(request, response) {
  const user = userOf(request);
  if (!user) {
    return json(response, 401, {
      error: { code: 'UNAUTHENTICATED', message: 'Sign in first.', requestId: 'req_fixture' },
    });
  }
  const { query, variables } = await body(request);
  const result = await graphql({
    schema,
    source: query,
    variableValues: variables,
    rootValue: plane.rootFor(user),
  });
  result.errors?.forEach((error) => {
    if (!error.extensions.code) console.error(error);
  });
  return json(response, 200, result);
}

async function signIn(request, response) {
  const { code } = await body(request);
  const name = code.split('-')[0];
  if (!users[name] || used.has(code)) {
    return json(response, 401, {
      error: { code: 'UNAUTHENTICATED', message: 'The code was used or has expired.' },
    });
  }
  used.add(code);
  const cookie = `cellplane_session=${name}; HttpOnly; SameSite=Strict; Path=/`;
  return json(response, 200, { name, title: users[name].title }, { 'set-cookie': cookie });
}

function file(request, response) {
  const path = normalize(new URL(request.url, 'http://fixture').pathname);
  const name = join(dist, path);
  const isPage = extname(path) === '' || !existsSync(name);
  if (isPage && extname(path) !== '') return json(response, 404, {});
  const nonce = randomBytes(16).toString('base64');
  const content = readFileSync(isPage ? join(dist, 'index.html') : name);
  response.writeHead(200, {
    'content-type': kinds[isPage ? '.html' : extname(name)] ?? 'application/octet-stream',
    'content-security-policy': `default-src 'self'; style-src 'self' 'nonce-${nonce}'; script-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'`,
  });
  return response.end(isPage ? content.toString().replace('__CSP_NONCE__', nonce) : content);
}

const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  if (request.method === 'POST' && path === '/graphql') return void answer(request, response);
  if (request.method === 'POST' && path === '/sign-in') return void signIn(request, response);
  if (request.method === 'POST' && path === '/sign-out')
    return void json(response, 204, undefined, {
      'set-cookie': 'cellplane_session=; Path=/; Max-Age=0',
    });
  return void file(request, response);
});

useServer(
  {
    schema,
    onConnect: ({ extra }) => Boolean(userOf(extra.request)),
    onSubscribe: ({ extra }, _id, { query, variables }) => ({
      schema,
      document: parse(query),
      variableValues: variables,
      rootValue: plane.rootFor(userOf(extra.request)),
    }),
  },
  new WebSocketServer({ server, path: '/graphql/ws' }),
);

const port = Number(process.env.PORT ?? 8080);
server.listen(port, '127.0.0.1', () => {
  for (const name of Object.keys(users)) {
    console.log(`http://127.0.0.1:${port}/sign-in#${name}-${randomBytes(4).toString('hex')}`);
  }
});
