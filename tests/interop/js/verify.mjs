// npm @sd-jwt/sd-jwt-vc verifies a presentation that ours made.
// Standard input:  {"presentation", "issuer": public JWK, "nonce", "now"}
// Standard output: {"payload", "kb"} or {"error"}
import { createHash, createPublicKey, verify } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const input = JSON.parse(await new Response(process.stdin).text())
const check = (jwk, data, signature) => {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  return verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}
const instance = new SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  verifier: async (data, signature) => check(input.issuer, data, signature),
  kbVerifier: async (data, signature, payload) => check(payload.cnf.jwk, data, signature),
})
let result
try {
  const { payload, kb } = await instance.verify(input.presentation, { keyBindingNonce: input.nonce, currentDate: input.now })
  result = { payload, kb: kb.payload }
} catch (error) {
  result = { error: String(error) }
}
process.stdout.write(JSON.stringify(result))
