/**
 * Certification path validation (RFC 5280 §6.1) at a given time, to the wallet's own anchors.
 *
 * Established for a chain, leaf first:
 *  1. it has 1 to 4 certificates, none is an anchor, the leaf is not self-signed (HAIP 1.0 §4.5.1, §5.1);
 *  2. each is signed by the next, the last by an anchor, and names it as issuer;
 *  3. each, and the anchor, is valid now;
 *  4. each above the leaf is a CA that may certify, within its path length;
 *  5. the leaf may sign and carries the expected profile;
 *  6. the leaf's key is on P-256.
 */

import { importPublicKey, sha256, verifySignature } from "../keys";
import { type Certificate, parseCertificate, rawSignature } from "./certificate";
import { type Bytes, base64urlEncode, equalBytes } from "./encoding";
import { Refusal } from "./errors";
import { MEMBER_ID } from "./profile";

/** Who signed, as the certificate says. */
export interface Signer {
  /** Such as "PDXGB-dwp"; scoped to its anchor where an authority of others certified it. */
  readonly organisationId: string;
  readonly organisationName: string;
  readonly hosts: readonly string[];
  readonly uris: readonly string[];
  readonly publicKey: CryptoKey;
  /** SHA-256 over the leaf's DER (x509_hash, OpenID4VP 1.0 §5.9.3). */
  readonly sha256: Bytes;
  /** SHA-256 over the key (SubjectPublicKeyInfo), base64url: how the trust list names a revoked one. */
  readonly keySha256: string;
  /** Key identifiers of every authority above the leaf (DCQL trusted_authorities "aki"). */
  readonly authorityKeyIds: readonly Bytes[];
}

export interface ChainRules {
  readonly anchors: readonly Certificate[];
  /** Unix seconds. */
  readonly now: number;
  /** The extended key usage that the leaf must carry; null for authorities of others, which know none of ours. */
  readonly expectedProfile: string | null;
}

const MAX_CHAIN = 4;
const EMPTY_NAME = Uint8Array.from([0x30, 0]);

/** Raises certificate_untrusted, certificate_expired, certificate_purpose or signature_wrong. */
export async function verifyChain(x5c: readonly Bytes[], rules: ChainRules): Promise<Signer> {
  const chain = x5c.map(parseCertificate);
  const leaf = chain[0];
  // 1. length; no anchor inside; leaf not self-signed
  if (leaf === undefined || chain.length > MAX_CHAIN)
    throw new Refusal("certificate_untrusted", "a chain has no or too many certificates");
  for (const anchor of rules.anchors)
    if (chain.some((one) => equalBytes(one.der, anchor.der)))
      throw new Refusal("certificate_untrusted", "the anchor must not be sent along");
  if (equalBytes(leaf.subject, leaf.issuer))
    throw new Refusal("certificate_untrusted", "the leaf is self-signed");
  const anchor = await findAnchor(chain.at(-1) as Certificate, rules.anchors);
  const path = [...chain, anchor];
  checkValidity(path, rules.now);
  checkAuthorities(path);
  for (const [at, one] of chain.entries()) await verifyLink(one, path[at + 1] as Certificate);
  checkLeaf(leaf, rules.expectedProfile);
  const organisationId = rules.expectedProfile === null ? await scopedId(leaf, anchor) : memberId(leaf);
  return await describe(leaf, chain, organisationId);
}

// 2. the last certificate names an anchor as its issuer; two may have one name while a root is replaced
async function findAnchor(last: Certificate, anchors: readonly Certificate[]): Promise<Certificate> {
  const named = anchors.filter((one) => equalBytes(one.subject, last.issuer));
  for (const one of named) if (await hasSigned(one, last)) return one;
  if (named[0] === undefined)
    throw new Refusal("anchor_unknown", "a chain ends at no anchor of this network");
  return named[0]; // verifyLink says what is wrong with it
}

async function hasSigned(issuer: Certificate, subject: Certificate): Promise<boolean> {
  return await verifyLink(subject, issuer).then(
    () => true,
    () => false,
  );
}

// 2. RFC 5280 §6.1.3 (a)(1) and (a)(4): signature and name chaining
async function verifyLink(subject: Certificate, issuer: Certificate): Promise<void> {
  if (!equalBytes(subject.issuer, issuer.subject))
    throw new Refusal("certificate_untrusted", "a chain's names do not meet");
  const key = await importPublicKey(issuer.publicKeyInfo, issuer.curve);
  await verifySignature(
    key,
    rawSignature(subject.signature, issuer.curve),
    subject.tbs,
    subject.signatureHash,
  );
}

// 3. RFC 5280 §6.1.3 (a)(2)
function checkValidity(path: readonly Certificate[], now: number): void {
  // written so that a time that is none counts as no validity
  for (const one of path)
    if (!(now >= one.notBefore && now <= one.notAfter))
      throw new Refusal("certificate_expired", "a certificate is not valid at this time");
}

// 4. RFC 5280 §6.1.4 (k) to (n)
function checkAuthorities(path: readonly Certificate[]): void {
  for (const [at, one] of path.entries()) {
    if (at === 0) continue;
    if (!one.isCa || one.mayCertify === false)
      throw new Refusal("certificate_untrusted", "a certificate above the leaf is no authority");
    if (one.pathLength !== undefined && at - 1 > one.pathLength)
      throw new Refusal("certificate_untrusted", "a chain is longer than its authority allows");
  }
}

// 5. and 6.
function checkLeaf(leaf: Certificate, expectedProfile: string | null): void {
  // One purpose each: a key for one thing must not also serve for another.
  const purpose =
    expectedProfile === null || (leaf.purposes.length === 1 && leaf.purposes[0] === expectedProfile);
  if (leaf.isCa || leaf.maySign === false || !purpose)
    throw new Refusal("certificate_purpose", "the certificate was made for another purpose");
  if (leaf.curve !== "P-256") throw new Refusal("certificate_untrusted", "the leaf's key is not on P-256");
}

function memberId(leaf: Certificate): string {
  if (leaf.organisationId === undefined || !MEMBER_ID.test(leaf.organisationId))
    throw new Refusal("certificate_untrusted", "the leaf names no member");
  return leaf.organisationId;
}

// Someone whom an authority outside the network certified can't pass for a member.
async function scopedId(leaf: Certificate, anchor: Certificate): Promise<string> {
  const scope = base64urlEncode(await sha256(anchor.publicKeyInfo));
  // With its attribute, so that no name without an identifier reads like one with it.
  const name =
    leaf.organisationId === undefined ? base64urlEncode(leaf.subject) : `2.5.4.97=${leaf.organisationId}`;
  if (equalBytes(leaf.subject, EMPTY_NAME))
    throw new Refusal("certificate_untrusted", "the certificate names nobody");
  return `x509:${scope}:${name}`;
}

async function describe(
  leaf: Certificate,
  chain: readonly Certificate[],
  organisationId: string,
): Promise<Signer> {
  return {
    organisationId,
    organisationName: leaf.organisationName ?? leaf.commonName ?? leaf.hosts[0] ?? "",
    hosts: leaf.hosts,
    uris: leaf.uris,
    publicKey: await importPublicKey(leaf.publicKeyInfo, leaf.curve),
    sha256: await sha256(leaf.der),
    keySha256: base64urlEncode(await sha256(leaf.publicKeyInfo)),
    authorityKeyIds: chain.flatMap((one) => (one.authorityKeyId === undefined ? [] : [one.authorityKeyId])),
  };
}

/** Reads the anchors of a configuration: PEM text (RFC 7468 §5.1). */
export function parseAnchor(pem: string): Certificate {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (body === undefined) throw new Refusal("message_malformed", "not a PEM certificate");
  const der = Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  return parseCertificate(der);
}
