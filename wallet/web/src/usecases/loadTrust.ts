/**
 * Fetches the trust list's head, the parts that are needed, and the types that it names: static files, the same for
 * everybody.
 */

import { sha256 } from "../keys";
import { good } from "../network";
import type { Certificate } from "../protocol/certificate";
import { parseAnchor } from "../protocol/chain";
import { type Bytes, base64urlEncode, equalBytes, utf8Decode } from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import type { Trust } from "../protocol/trust";
import { createTrustList, type TrustList } from "../protocol/trustList";
import { type TrustListHead, verifyTrustListHead } from "../protocol/trustListHead";
import { type TypeMetadata, verifyTypeMetadata } from "../protocol/typeMetadata";
import type { CachedFile } from "../store";
import type { Wallet } from "../wallet";

const MAX_HEAD_BYTES = 524_288;
const MAX_PART_BYTES = 65_536;
const PARTS = "trust-list/parts/";
const PART_KEPT_SECONDS = 30 * 86_400;

/** Fresh when the network answers, else the copy kept from before while it still holds. */
export async function loadTrust(wallet: Wallet): Promise<Trust> {
  const { config } = wallet;
  const anchors = config.rootCertificates.map(parseAnchor);
  return {
    anchors,
    extraIssuerAnchors: outsiders(config.extraIssuerAnchors, anchors),
    extraServiceAnchors: outsiders(config.extraServiceAnchors, anchors),
    trustList: await loadTrustList(wallet, anchors),
  };
}

// Our own root among them would vouch for its members without the list and for any purpose.
function outsiders(pems: readonly string[], ours: Trust["anchors"]): Trust["anchors"] {
  const isOurs = (one: Certificate) =>
    ours.some(
      (root) => equalBytes(root.subject, one.subject) && equalBytes(root.publicKeyInfo, one.publicKeyInfo),
    );
  return pems.map(parseAnchor).filter((one) => !isOurs(one));
}

async function loadTrustList(wallet: Wallet, anchors: Trust["anchors"]): Promise<TrustList> {
  const head = await loadHead(wallet, anchors);
  return createTrustList(head, (digest) => loadPart(wallet, digest));
}

// Head and parts lie beside the whole list, which is for whoever needs everybody.
function beside(wallet: Wallet, name: string): string {
  return new URL(name, wallet.config.trustListUrl).href;
}

async function loadHead(wallet: Wallet, anchors: Trust["anchors"]): Promise<TrustListHead> {
  const url = beside(wallet, "trust-list-head.jwt");
  const kept = await wallet.store.get("files", url);
  // Of whatever age: an older list is never taken after a newer one.
  const previous = kept === undefined ? undefined : await readKept(kept, anchors);
  const rules = { anchors, now: wallet.now(), previous };
  let body: Bytes;
  try {
    body = await fetchFile(wallet, url, MAX_HEAD_BYTES);
  } catch (cause) {
    if (kept === undefined) throw cause;
    return await verifyTrustListHead(utf8Decode(kept.body).trim(), { ...rules, kept: true });
  }
  const head = await verifyTrustListHead(utf8Decode(body).trim(), rules);
  await keep(wallet, { url, body, fetchedAt: wallet.now() });
  await forgetOldParts(wallet);
  return head;
}

// A part never changes: what is kept under its digest is never fetched again. It is checked by whoever reads it.
async function loadPart(wallet: Wallet, digest: string): Promise<Bytes> {
  const url = beside(wallet, `${PARTS}${digest}.json`);
  const kept = await wallet.store.get("files", url);
  if (kept !== undefined && (await isNamed(kept.body, digest))) return kept.body;
  const body = await fetchFile(wallet, url, MAX_PART_BYTES);
  if (await isNamed(body, digest)) await keep(wallet, { url, body, fetchedAt: wallet.now() });
  return body;
}

// Nothing says which parts later lists still name, and one that is missed is fetched again.
async function forgetOldParts(wallet: Wallet): Promise<void> {
  const parts = IDBKeyRange.bound(beside(wallet, PARTS), `${beside(wallet, PARTS)}\uffff`);
  const before = wallet.now() - PART_KEPT_SECONDS;
  try {
    const write = wallet.store.transaction("files", "readwrite");
    for await (const cursor of write.store.iterate(parts))
      if (cursor.value.fetchedAt < before) await cursor.delete();
    await write.done;
  } catch {
    // A phone on which nothing can be deleted still answers.
  }
}

async function isNamed(part: Bytes, digest: string): Promise<boolean> {
  return base64urlEncode(await sha256(part)) === digest;
}

// As of the day when it came: by now it, or the certificate of its signer, may have run out.
async function readKept(kept: CachedFile, anchors: Trust["anchors"]): Promise<TrustListHead | undefined> {
  const rules = { anchors, now: kept.fetchedAt, previous: undefined };
  return await verifyTrustListHead(utf8Decode(kept.body).trim(), rules).catch(() => undefined);
}

// A phone that is full still answers; it only fetches again next time.
async function keep(wallet: Wallet, file: CachedFile): Promise<void> {
  await wallet.store.put("files", file).catch(() => undefined);
}

async function fetchFile(wallet: Wallet, url: string, maxBytes: number): Promise<Bytes> {
  try {
    return good(await wallet.network.send(url, { maxBytes }));
  } catch (cause) {
    throw new Refusal("trust_list_unavailable", "the trust list can't be fetched", { cause });
  }
}

/** The metadata of a type that the trust list names; `signedIntegrity` is what the claim itself says of it. */
export async function loadType(
  wallet: Wallet,
  trust: Trust,
  vct: string,
  signedIntegrity?: string,
): Promise<TypeMetadata> {
  const entry = await trust.trustList.claimType(vct);
  if (entry === undefined) throw new Refusal("claim_type_mismatch", "the trust list does not name the type");
  const integrities = [entry.integrity, ...(signedIntegrity === undefined ? [] : [signedIntegrity])];
  const kept = await wallet.store.get("files", entry.url);
  if (kept !== undefined) {
    const usable = await verifyTypeMetadata(kept.body, vct, integrities).catch(() => undefined);
    if (usable !== undefined) return usable;
  }
  const body = good(await wallet.network.send(entry.url, { maxBytes: 300_000 }));
  const type = await verifyTypeMetadata(body, vct, integrities);
  await keep(wallet, { url: entry.url, body, fetchedAt: wallet.now() });
  return type;
}
