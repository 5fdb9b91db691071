// What the @openid4vc libraries leave to their caller: keys, hashing, signatures, certificate chains.
// Node's own crypto and `jose` do the work; nothing here comes from this project.
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2'
import { CompactEncrypt, SignJWT, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose'

const keys = new Map()

/** Makes a P-256 key pair and gives its public JWK; the private half stays in this process. */
export async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  keys.set(x, privateKey)
  return { kty, crv, x, y }
}

export const privateKeyOf = (jwk) => keys.get(jwk.x)

/** Checks an x5c chain against the network's root with Node's X509Certificate; gives the leaf's key. */
export function leafKey(x5c, rootPem) {
  const chain = [...x5c.map((c) => new X509Certificate(Buffer.from(c, 'base64'))), new X509Certificate(rootPem)]
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[Math.min(i + 1, chain.length - 1)]
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) throw new Error('untrusted chain')
  }
  return chain[0].publicKey
}

export function callbacks({ rootPem, fetch }) {
  return {
    fetch,
    hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    generateRandom: (length) => randomBytes(length),
    clientAuthentication: clientAuthenticationAnonymous(),
    getX509CertificateMetadata: (certificate) => {
      const names = (new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '').split(', ')
      const of = (kind) => names.filter((n) => n.startsWith(kind)).map((n) => n.slice(kind.length))
      return { sanDnsNames: of('DNS:'), sanUriNames: of('URI:') }
    },
    signJwt: async (signer, { header, payload }) => ({
      jwt: await new SignJWT(payload).setProtectedHeader(header).sign(privateKeyOf(signer.publicJwk)),
      signerJwk: signer.publicJwk,
    }),
    verifyJwt: async (signer, { compact }) => {
      const key = signer.method === 'x5c' ? leafKey(signer.x5c, rootPem) : await importJWK(signer.publicJwk, signer.alg)
      try {
        await compactVerify(compact, key, { algorithms: ['ES256'] })
        return { verified: true, signerJwk: await exportJWK(key) }
      } catch {
        return { verified: false }
      }
    },
    encryptJwe: async (encryptor, data) => {
      const jwk = encryptor.publicJwk
      const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: encryptor.enc, kid: jwk.kid })
        .encrypt(await importJWK(jwk, 'ECDH-ES'))
      return { jwe, encryptionJwk: jwk }
    },
    decryptJwe: async () => ({ decrypted: false }),
  }
}
