// Signs in at an OpenID provider with openid-client, as a public client with PKCE: node signin.mjs ISSUER CLIENT_ID REDIRECT SCOPE.
// The first line out is the address to open; the first line in is where the browser ended. The second line out is what came of it.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const [issuer, id, redirect, scope] = process.argv.slice(2)

async function signIn() {
  const config = await client.discovery(new URL(issuer), id, undefined, client.None(), { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] })
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect, scope, state, nonce, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })
  console.log(address.href)
  const lines = createInterface({ input: process.stdin })
  const { value: back } = await lines[Symbol.asyncIterator]().next()
  lines.close()
  const tokens = await client.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
  const claims = tokens.claims()
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const refreshed = tokens.refresh_token && await client.refreshTokenGrant(config, tokens.refresh_token)
  return { email: claims.email, userinfo: info.email, refreshed: refreshed?.claims()?.email }
}

try {
  console.log(JSON.stringify(await signIn()))
} catch (e) {
  console.log(JSON.stringify({ refused: [e.code, e.message, e.cause?.message].filter(Boolean).join(': ') }))
}
