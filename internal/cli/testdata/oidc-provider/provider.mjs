// Serves an OpenID provider on a loopback port of the system's choice. The one argument is JSON: what differs from a provider that is set
// up for Quick on Desktop. Prints the issuer when it answers, and stops when its standard input ends.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const change = JSON.parse(process.argv[2] || '{}');
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const email = 'email' in change ? change.email : 'ana@example.com';
  const client = {
    client_id: 'quick-desktop', application_type: 'native', token_endpoint_auth_method: 'none',
    redirect_uris: ['http://localhost:18080'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    ...change.client,
  };
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    scopes: change.scopes || ['openid', 'offline_access', 'email', 'profile'],
    conformIdTokenClaims: change.conformIdTokenClaims ?? false,
    pkce: { required: () => change.pkce !== false },
    ttl: { IdToken: change.idTokenSeconds || 3600, AccessToken: 3600, AuthorizationCode: 60, RefreshToken: 86400, Interaction: 600, Session: 600, Grant: 86400 },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => {
        const without = email === null || (change.emailOnlyAtFirst && ctx.oidc?.params?.grant_type === 'refresh_token');
        return { sub: id, name: 'Ana', ...(without ? {} : { email, email_verified: true }) };
      },
    }),
    ...(change.issueRefreshToken === false ? { issueRefreshToken: () => false } : {}),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['of a test alone'] },
  });
  provider.on('server_error', (_ctx, err) => console.error(err));
  const callback = provider.callback();
  server.on('request', (req, res) => {
    const path = new URL(req.url, issuer).pathname;
    if (change.notFound?.includes(path)) {
      res.writeHead(404, { 'content-type': 'text/html' }).end('<title>Not found</title>');
    } else if (change.redirect?.includes(path) && req.method === 'POST') {
      res.writeHead(307, { location: issuer + path + '/elsewhere' }).end();
    } else if (change.replace && change.replace[path]) {
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(change.replace[path]).replaceAll('ISSUER', issuer));
    } else {
      callback(req, res);
    }
  });
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
