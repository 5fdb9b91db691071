// Measures npm @sd-jwt/sd-jwt-vc in this process, for benchmarks/: how many a second it verifies and issues.
// Standard input:  {"seconds", "presentation", "issuer": public JWK, "nonce", "now", "claims", "disclosable": [name]}
// Standard output: {"verify_per_second", "issue_per_second"}
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const input = JSON.parse(await new Response(process.stdin).text())
const dsaEncoding = 'ieee-p1363'
const issuer = createPublicKey({ key: input.issuer, format: 'jwk' })
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const check = (key, data, signature) =>
  verify('sha256', Buffer.from(data), { key, dsaEncoding }, Buffer.from(signature, 'base64url'))
const instance = new SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  signAlg: 'ES256',
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
  signer: async (data) => sign('sha256', Buffer.from(data), { key: privateKey, dsaEncoding }).toString('base64url'),
  verifier: async (data, signature) => check(issuer, data, signature),
  kbVerifier: async (data, signature, payload) =>
    check(createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }), data, signature),
})

async function perSecond(operation) {
  for (let i = 0; i < 200; i++) await operation()
  const start = process.hrtime.bigint()
  const end = start + BigInt(Math.round(input.seconds * 1e9))
  let count = 0
  while (process.hrtime.bigint() < end) {
    for (let i = 0; i < 20; i++) await operation()
    count += 20
  }
  return count / (Number(process.hrtime.bigint() - start) / 1e9)
}

const options = { keyBindingNonce: input.nonce, currentDate: input.now }
const verified = await instance.verify(input.presentation, options)
if (!verified.payload.vct || !verified.kb) throw new Error('the presentation did not verify')
const frame = { _sd: input.disclosable }
process.stdout.write(
  JSON.stringify({
    verify_per_second: await perSecond(() => instance.verify(input.presentation, options)),
    issue_per_second: await perSecond(() => instance.issue(input.claims, frame)),
  }),
)
