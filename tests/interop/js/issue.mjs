// npm @sd-jwt/sd-jwt-vc issues and presents a claim, for our verifier.
// Standard input:  {"claims", "disclosable": [name], "x5c": [base64], "key": private JWK, "holder": private JWK,
//                   "shown": [name], "aud", "nonce", "iat"}
// Standard output: {"issued", "presented"}
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const input = JSON.parse(await new Response(process.stdin).text())
const signer = (jwk) => {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return async (data) => sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}
const instance = new SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
  signAlg: 'ES256',
  signer: signer(input.key),
  kbSignAlg: 'ES256',
  kbSigner: signer(input.holder),
})
const frame = { _sd: input.disclosable, _sd_decoy: 2 }
const issued = await instance.issue(input.claims, frame, { header: { x5c: input.x5c } })
const shown = Object.fromEntries(input.shown.map((name) => [name, true]))
const payload = { iat: input.iat, aud: input.aud, nonce: input.nonce }
process.stdout.write(JSON.stringify({ issued, presented: await instance.present(issued, shown, { kb: { payload } }) }))
