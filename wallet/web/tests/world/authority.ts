/** A small authority for tests: root, issuing CA, and certificates for one purpose each. */

import * as x509 from "@peculiar/x509";
import { type Certificate, parseCertificate } from "../../src/protocol/certificate";
import { type Bytes, base64Encode, base64urlEncode, utf8Encode } from "../../src/protocol/encoding";

export const NOW = 1_795_000_000;
const DAY = 86_400;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A key with its chain, leaf first, without the root. */
export interface Signer {
  readonly keys: CryptoKeyPair;
  readonly x5c: readonly string[];
}

export interface LeafOptions {
  readonly profile?: string | null;
  readonly organisationId?: string;
  readonly organisationName?: string;
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly extensions?: readonly x509.Extension[];
}

export interface Authority {
  readonly root: Certificate;
  readonly rootPem: string;
  certify(options: LeafOptions): Promise<Signer>;
}

export function createKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
}

export async function createAuthority(
  name = "Test authority",
  options: { caNotAfter?: number; pathLength?: number } = {},
): Promise<Authority> {
  const rootKeys = await createKeys();
  const caKeys = await createKeys();
  const root = await certificate({
    subject: `O=${name}, CN=Root`,
    issuer: `O=${name}, CN=Root`,
    publicKey: rootKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: authorityExtensions(options.pathLength ?? 1),
  });
  const ca = await certificate({
    subject: `O=${name}, CN=Issuing`,
    issuer: `O=${name}, CN=Root`,
    publicKey: caKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [
      ...authorityExtensions(0),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
    ...(options.caNotAfter === undefined ? {} : { notAfter: options.caNotAfter }),
  });
  return {
    root: parseCertificate(new Uint8Array(root.rawData)),
    rootPem: root.toString("pem"),
    certify: (leaf) => certify(leaf, { name, ca, caKeys }),
  };
}

function authorityExtensions(pathLength: number): x509.Extension[] {
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(usage, true),
  ];
}

async function certify(
  leaf: LeafOptions,
  by: { name: string; ca: x509.X509Certificate; caKeys: CryptoKeyPair },
): Promise<Signer> {
  const keys = await createKeys();
  const id = leaf.organisationId ?? "PDXGB-test";
  const made = await certificate({
    subject: `2.5.4.97=${id}, O=${leaf.organisationName ?? "Test organisation"}, CN=leaf`,
    issuer: `O=${by.name}, CN=Issuing`,
    publicKey: keys.publicKey,
    signingKey: by.caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(by.caKeys.publicKey),
      ...(leaf.profile ? [extendedKeyUsage(leaf.profile)] : []),
      ...alternativeNames(leaf),
      ...(leaf.extensions ?? []),
    ],
    ...(leaf.notBefore === undefined ? {} : { notBefore: leaf.notBefore }),
    ...(leaf.notAfter === undefined ? {} : { notAfter: leaf.notAfter }),
  });
  const encode = (one: x509.X509Certificate) => base64Encode(new Uint8Array(one.rawData));
  return { keys, x5c: [encode(made), encode(by.ca)] };
}

function alternativeNames({ dnsNames = [], uris = [] }: LeafOptions): x509.Extension[] {
  const names = [...dnsNames.map(dns), ...uris.map((value) => ({ type: "url" as const, value }))];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function dns(value: string): { type: "dns"; value: string } {
  return { type: "dns", value };
}

// Written out, since the ASN.1 library's own encoder stops at arcs of 53 bits (ITU-T X.690 §8.19).
function extendedKeyUsage(oid: string): x509.Extension {
  const [first, second, ...rest] = oid.split(".").map(BigInt) as [bigint, bigint, ...bigint[]];
  const body = [40n * first + second, ...rest].flatMap(base128);
  return new x509.Extension(
    "2.5.29.37",
    false,
    Uint8Array.from([0x30, body.length + 2, 0x06, body.length, ...body]),
  );
}

function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)];
  for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
  return digits;
}

async function certificate(options: {
  subject: string;
  issuer: string;
  publicKey: CryptoKey;
  signingKey: CryptoKey;
  extensions: readonly x509.Extension[];
  notBefore?: number;
  notAfter?: number;
}): Promise<x509.X509Certificate> {
  return await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject: options.subject,
    issuer: options.issuer,
    notBefore: new Date((options.notBefore ?? NOW - DAY) * 1000),
    notAfter: new Date((options.notAfter ?? NOW + 365 * DAY) * 1000),
    publicKey: options.publicKey,
    signingKey: options.signingKey,
    signingAlgorithm: P256,
    extensions: [...options.extensions],
  });
}

/** A compact JWS by `signer`; `header` may override anything. */
export async function signJws(
  signer: Signer,
  payload: unknown,
  header: Record<string, unknown>,
): Promise<string> {
  const encode = (part: unknown) => base64urlEncode(utf8Encode(JSON.stringify(part)));
  const input = `${encode({ alg: "ES256", x5c: signer.x5c, ...header })}.${encode(payload)}`;
  return `${input}.${base64urlEncode(await signBytes(signer, utf8Encode(input)))}`;
}

export async function signBytes(signer: Signer, data: Bytes): Promise<Bytes> {
  return new Uint8Array(
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signer.keys.privateKey, data),
  );
}
