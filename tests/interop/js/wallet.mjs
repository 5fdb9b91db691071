// A wallet made of other people's parts: @openid4vc for the messages, @sd-jwt for the credential, dcql for the query.
// Standard input:  {"root": PEM, "offer": url, "tx_code": digits, "requests": [wallet links]}
// Standard output: {"credentials": [{"vct", "issuer_verified"}], "responses": [{"status", "body"}]}
import { createHash, randomBytes } from 'node:crypto'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { DcqlQuery } from 'dcql'
import { SignJWT, compactVerify } from 'jose'
import { callbacks, leafKey, newKey, privateKeyOf } from './callbacks.mjs'

const input = JSON.parse(await new Response(process.stdin).text())
const parts = callbacks({ rootPem: input.root, fetch })
const hasher = (data, alg) => createHash(alg.replace('-', '')).update(data).digest()

async function addClaim() {
  const client = new Openid4vciClient({ callbacks: parts })
  const credentialOffer = await client.resolveCredentialOffer(input.offer)
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
  const dpopKey = await newKey()
  const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    txCode: input.tx_code,
    dpop: { signer: { method: 'jwk', alg: 'ES256', publicJwk: dpopKey } },
  })
  const held = []
  for (const id of credentialOffer.credential_configuration_ids) {
    const { c_nonce } = await client.requestNonce({ issuerMetadata })
    const size = issuerMetadata.credentialIssuer.batch_credential_issuance?.batch_size ?? 1
    const holders = await Promise.all(Array.from({ length: Math.min(size, 3) }, newKey))
    const jwt = []
    for (const publicJwk of holders) {
      const proof = await client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId: id,
        nonce: c_nonce,
        issuedAt: new Date(),
        signer: { method: 'jwk', alg: 'ES256', publicJwk },
      })
      jwt.push(proof.jwt)
    }
    const { credentialResponse } = await client.retrieveCredentials({
      issuerMetadata,
      accessToken: token.accessTokenResponse.access_token,
      dpop: token.dpop,
      credentialConfigurationId: id,
      proofs: { jwt },
    })
    for (const { credential } of credentialResponse.credentials) held.push(await receive(credential, holders))
  }
  return held
}

async function receive(compact, holders) {
  const header = JSON.parse(Buffer.from(compact.split('.')[0], 'base64url'))
  const signedBy = (key) => async (data, signature) => {
    await compactVerify(`${data}.${signature}`, key)
    return true
  }
  let statusKey
  const instance = new SDJwtVcInstance({
    hasher,
    hashAlg: 'sha-256',
    verifier: signedBy(leafKey(header.x5c, input.root)),
    statusListFetcher: async (uri) => {
      const token = await (await fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })).text()
      statusKey = leafKey(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).x5c, input.root)
      return token
    },
    statusVerifier: (data, signature) => signedBy(statusKey)(data, signature),
  })
  const { payload } = await instance.verify(compact)
  const holder = holders.find((h) => h.x === payload.cnf.jwk.x)
  if (!holder) throw new Error('a claim for a key that is not ours')
  return { compact, payload, holder, vct: payload.vct }
}

async function answer(link, held) {
  const client = new Openid4vpClient({ callbacks: parts })
  const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params })
  const request = resolved.authorizationRequestPayload
  const query = DcqlQuery.parse(request.dcql_query)
  DcqlQuery.validate(query)
  const result = DcqlQuery.query(
    query,
    held.map(({ payload, vct }) => ({
      credential_format: 'dc+sd-jwt',
      vct,
      claims: payload,
      cryptographic_holder_binding: true,
    })),
  )
  if (!result.can_be_satisfied) return { status: 0, body: { error: 'nothing held satisfies the request' } }
  const vp_token = {}
  for (const [id, match] of Object.entries(result.credential_matches)) {
    if (!match.success) continue
    const chosen = held[match.valid_credentials[0].input_credential_index]
    const asked = query.credentials.find((c) => c.id === id).claims ?? []
    vp_token[id] = [await present(chosen, asked, request)]
  }
  const response = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token },
    jarm: {
      encryption: { nonce: randomBytes(16).toString('base64url') },
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
      },
    },
  })
  const sent = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: response.authorizationResponsePayload,
    jarm: response.jarm,
  })
  return { status: sent.response.status, body: await sent.response.json() }
}

async function present({ compact, holder }, asked, request) {
  const frame = {}
  for (const { path } of asked) {
    let at = frame
    for (const [i, name] of path.entries()) at = at[name] = i === path.length - 1 ? true : (at[name] ?? {})
  }
  const instance = new SDJwtVcInstance({
    hasher,
    hashAlg: 'sha-256',
    kbSignAlg: 'ES256',
    kbSigner: async (data) => {
      const [header, payload] = data.split('.').map((part) => JSON.parse(Buffer.from(part, 'base64url')))
      return (await new SignJWT(payload).setProtectedHeader(header).sign(privateKeyOf(holder))).split('.')[2]
    },
  })
  return instance.present(compact, frame, {
    kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: request.client_id, nonce: request.nonce } },
  })
}

const held = await addClaim()
const responses = []
for (const link of input.requests ?? []) responses.push(await answer(link, held))
process.stdout.write(
  JSON.stringify({ credentials: held.map(({ vct, payload }) => ({ vct, members: Object.keys(payload).sort() })), responses }),
)
