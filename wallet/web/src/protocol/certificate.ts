/** One X.509 certificate (RFC 5280 §4), read into what path validation and our profiles need. */

import { AsnConvert } from "@peculiar/asn1-schema";
import {
  Certificate as AsnCertificate,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  type Extension,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import type { Curve, Digest } from "../keys";
import { type Bytes, equalBytes } from "./encoding";
import { Refusal } from "./errors";

export interface Certificate {
  readonly der: Bytes;
  readonly tbs: Bytes;
  /** r || s, as WebCrypto wants it. */
  readonly signature: Bytes;
  readonly signatureHash: Digest;
  readonly curve: Curve;
  readonly publicKeyInfo: Bytes;
  readonly subject: Bytes;
  readonly issuer: Bytes;
  /** Subject attribute 2.5.4.97 (organizationIdentifier, ETSI EN 319 412-1 §5.1.4). */
  readonly organisationId: string | undefined;
  readonly organisationName: string | undefined;
  readonly commonName: string | undefined;
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Undefined when the extension is absent. */
  readonly mayCertify: boolean | undefined;
  readonly maySign: boolean | undefined;
  readonly purposes: readonly string[];
  readonly hosts: readonly string[];
  readonly uris: readonly string[];
  readonly authorityKeyId: Bytes | undefined;
}

const OID = {
  ecPublicKey: "1.2.840.10045.2.1",
  commonName: "2.5.4.3",
  organisation: "2.5.4.10",
  organisationIdentifier: "2.5.4.97",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  certificatePolicies: "2.5.29.32",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

const CURVES: Record<string, Curve> = {
  "06082a8648ce3d030107": "P-256",
  "06052b81040022": "P-384",
};
const SIGNATURES: Record<string, Digest> = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
};
const X509_V3 = 2;
const SCALAR_BYTES: Record<Curve, number> = { "P-256": 32, "P-384": 48 };
// RFC 5280 §4.2: a critical extension that we do not process refuses the certificate. Policies ask nothing of us
// that could narrow trust, since we accept every policy of our own anchors.
const PROCESSED: readonly string[] = [
  OID.keyUsage,
  OID.subjectAlternativeName,
  OID.basicConstraints,
  OID.extendedKeyUsage,
  OID.certificatePolicies,
  OID.authorityKeyIdentifier,
  OID.subjectKeyIdentifier,
];

// RFC 5280 §6.1.4 (g) and (i): what would narrow an authority, and what we do not process, refuses the certificate
// even where its writer forgot to call it critical.
const NARROWING: readonly string[] = ["2.5.29.30", "2.5.29.36"];
const MAX_BYTES = 8192;

/** Reads strict DER of at most 8 KiB; raises message_malformed or certificate_untrusted. */
export function parseCertificate(der: Bytes): Certificate {
  if (der.length > MAX_BYTES) throw new Refusal("message_malformed", "a certificate is too large");
  try {
    return read(der);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal("message_malformed", "not an X.509 certificate", { cause });
  }
}

function read(der: Bytes): Certificate {
  const asn = AsnConvert.parse(der, AsnCertificate);
  const body = asn.tbsCertificate;
  checkDer(der, asn);
  if (body.version !== X509_V3)
    throw new Refusal("certificate_untrusted", "a certificate is not of version 3");
  const extensions = byId(body.extensions ?? []);
  const hash = SIGNATURES[asn.signatureAlgorithm.algorithm];
  if (hash === undefined || body.signature.algorithm !== asn.signatureAlgorithm.algorithm)
    throw new Refusal("certificate_untrusted", "a certificate is not signed with ECDSA");
  const constraints = extension(extensions, OID.basicConstraints, BasicConstraints);
  const usage = extension(extensions, OID.keyUsage, KeyUsage)?.toNumber();
  return {
    der,
    tbs: new Uint8Array(asn.tbsCertificateRaw as ArrayBuffer),
    signature: new Uint8Array(asn.signatureValue),
    signatureHash: hash,
    curve: curveOf(body.subjectPublicKeyInfo.algorithm),
    publicKeyInfo: new Uint8Array(AsnConvert.serialize(body.subjectPublicKeyInfo)),
    subject: new Uint8Array(AsnConvert.serialize(body.subject)),
    issuer: new Uint8Array(AsnConvert.serialize(body.issuer)),
    organisationId: attribute(body.subject, OID.organisationIdentifier),
    organisationName: attribute(body.subject, OID.organisation),
    commonName: attribute(body.subject, OID.commonName),
    notBefore: body.validity.notBefore.getTime().getTime() / 1000,
    notAfter: body.validity.notAfter.getTime().getTime() / 1000,
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    mayCertify: usage === undefined ? undefined : (usage & KeyUsageFlags.keyCertSign) !== 0,
    maySign: usage === undefined ? undefined : (usage & KeyUsageFlags.digitalSignature) !== 0,
    purposes: [...(extension(extensions, OID.extendedKeyUsage, ExtendedKeyUsage) ?? [])].map(dotted),
    hosts: hosts(extension(extensions, OID.subjectAlternativeName, SubjectAlternativeName)),
    uris: uris(extension(extensions, OID.subjectAlternativeName, SubjectAlternativeName)),
    authorityKeyId: keyIdentifier(extension(extensions, OID.authorityKeyIdentifier, AuthorityKeyIdentifier)),
  };
}

// Only the signed part is signed: around it DER allows one way to write it, or one certificate would have many hashes
// (x509_hash, OpenID4VP 1.0 §5.9.3).
function checkDer(der: Bytes, asn: AsnCertificate): void {
  const signed = new Uint8Array(asn.tbsCertificateRaw as ArrayBuffer);
  const algorithm = new Uint8Array(AsnConvert.serialize(asn.signatureAlgorithm));
  const signature = tlv(0x03, [0, ...new Uint8Array(asn.signatureValue)]);
  if (!equalBytes(tlv(0x30, [...signed, ...algorithm, ...signature]), der))
    throw new Refusal("message_malformed", "a certificate is not DER");
}

// ITU-T X.690 §10.1: the shortest definite length
function tlv(tag: number, content: readonly number[]): Uint8Array {
  const length: number[] = [];
  for (let left = content.length; left > 0; left >>= 8) length.unshift(left & 0xff);
  const long = content.length >= 0x80 ? [0x80 | length.length, ...length] : [content.length];
  return Uint8Array.from([tag, ...long, ...content]);
}

function byId(extensions: Iterable<Extension>): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const one of extensions) {
    // RFC 5280 §4.2: no extension twice.
    if (found.has(one.extnID)) throw new Refusal("certificate_untrusted", "an extension stands twice");
    if (NARROWING.includes(one.extnID))
      throw new Refusal(
        "certificate_untrusted",
        "a certificate narrows trust in a way that is not processed",
      );
    if (one.critical && !PROCESSED.includes(one.extnID))
      throw new Refusal("certificate_untrusted", "a critical extension is not understood");
    found.set(one.extnID, one);
  }
  return found;
}

function extension<T>(all: Map<string, Extension>, id: string, type: new () => T): T | undefined {
  const found = all.get(id);
  return found === undefined ? undefined : AsnConvert.parse(found.extnValue.buffer, type);
}

function curveOf(algorithm: { algorithm: string; parameters?: ArrayBuffer | null }): Curve {
  const parameters = [...new Uint8Array(algorithm.parameters ?? new ArrayBuffer(0))];
  const curve = CURVES[parameters.map((byte) => byte.toString(16).padStart(2, "0")).join("")];
  if (algorithm.algorithm !== OID.ecPublicKey || curve === undefined)
    throw new Refusal("certificate_untrusted", "a certificate's key is not on P-256 or P-384");
  return curve;
}

function attribute(name: Name, id: string): string | undefined {
  const found = name.flatMap((relative) => [...relative]).filter((one) => one.type === id);
  // Two values would let reader and writer disagree about who this is.
  if (found.length > 1) throw new Refusal("certificate_untrusted", "a name attribute stands twice");
  return found[0]?.value.toString();
}

// The ASN.1 library writes an arc above 2^53 (a UUID, X.667) as its base-128 digits in braces.
function dotted(oid: string): string {
  return oid.replace(/\{([0-9a-f]+)\}/g, (_, digits: string) => {
    const bytes = digits.match(/../g) ?? [];
    return String(bytes.reduce((sum, byte) => sum * 128n + BigInt(Number.parseInt(byte, 16)), 0n));
  });
}

// RFC 5280 §4.2.1.6: a host is a dNSName or, as its octets, an iPAddress. Written as `URL.hostname` writes it.
function hosts(names: SubjectAlternativeName | undefined): string[] {
  return [...(names ?? [])].flatMap((name) => {
    if (name.dNSName !== undefined) return [name.dNSName.toLowerCase()];
    return name.iPAddress === undefined ? [] : [address(name.iPAddress)];
  });
}

function uris(names: SubjectAlternativeName | undefined): string[] {
  return [...(names ?? [])].flatMap((name) => name.uniformResourceIdentifier ?? []);
}

function address(text: string): string {
  return text.includes(":") ? new URL(`http://[${text}]`).hostname : text;
}

function keyIdentifier(extension: AuthorityKeyIdentifier | undefined): Bytes | undefined {
  return extension?.keyIdentifier === undefined ? undefined : new Uint8Array(extension.keyIdentifier.buffer);
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3, DER) as r || s for a key on `curve`. */
export function rawSignature(der: Bytes, curve: Curve): Bytes {
  const size = SCALAR_BYTES[curve];
  const raw = new Uint8Array(2 * size);
  const [, afterHeader] = readLength(der, 0x30, 0);
  let at = afterHeader;
  for (const end of [size, 2 * size]) {
    const [length, start] = readLength(der, 0x02, at);
    const scalar = der.subarray(start, start + length);
    const digits = scalar[0] === 0 ? scalar.subarray(1) : scalar;
    if (digits.length > size) throw new Refusal("signature_wrong", "a signature is too long for its key");
    raw.set(digits, end - digits.length);
    at = start + length;
  }
  if (at !== der.length) throw new Refusal("signature_wrong", "a signature has a tail");
  return raw;
}

function readLength(der: Bytes, tag: number, at: number): [number, number] {
  const length = der[at + 1];
  if (der[at] !== tag || length === undefined || length >= 0x80 || at + 2 + length > der.length)
    throw new Refusal("signature_wrong", "a signature is not DER");
  return [length, at + 2];
}
