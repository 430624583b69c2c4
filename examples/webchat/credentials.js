// Credentials for the page, made by the Vite server.
//
// Whoever has the app's secret key can sign for everybody, the administrator
// included, so it must never reach a page. A real app makes UserSigs on its
// backend, for the user who has logged in there; this stands in for that
// backend on a developer's machine, and knows no users but those of the page.
import { createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const users = ['alice', 'bob'];
const lifetime = 24 * 60 * 60; // seconds

// credentials is a Vite plugin that answers GET /usersig?user=alice.
export function credentials({ server, sdkAppID, secret }) {
  // What is returned runs after Vite's own checks, so that pages of other hosts
  // get nothing.
  const serve = ({ middlewares }) => () => {
    middlewares.use('/usersig', (request, response) => {
      const userID = new URL(request.url, 'http://localhost').searchParams.get('user');
      if (!users.includes(userID)) return reply(response, 404, { error: 'There is no such user.' });
      if (!secret) return reply(response, 500, { error: 'PARLEY_SECRET is not set. "parley app show" prints the secret key.' });
      reply(response, 200, { server, sdkAppID, userID, userSig: userSig({ sdkAppID, secret, userID }) });
    });
  };
  return { name: 'credentials', configureServer: serve, configurePreviewServer: serve };
}

function userSig({ sdkAppID, secret, userID }) {
  const time = Math.floor(Date.now() / 1000);
  const signed = `TLS.identifier:${userID}\nTLS.sdkappid:${sdkAppID}\nTLS.time:${time}\nTLS.expire:${lifetime}\n`;
  const document = {
    'TLS.ver': '2.0',
    'TLS.identifier': userID,
    'TLS.sdkappid': sdkAppID,
    'TLS.time': time,
    'TLS.expire': lifetime,
    'TLS.sig': createHmac('sha256', secret).update(signed).digest('base64'),
  };
  const urlSafe = { '+': '*', '/': '-', '=': '_' };
  return deflateSync(JSON.stringify(document)).toString('base64').replace(/[+/=]/g, (c) => urlSafe[c]);
}

function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
