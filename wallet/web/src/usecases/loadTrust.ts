/** Fetches the trust list and the types that it names: static, signed files that tell nobody who reads them. */

import { good } from "../network";
import { parseAnchor } from "../protocol/chain";
import { type Bytes, utf8Decode } from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import type { Trust } from "../protocol/trust";
import { type TrustList, verifyTrustList } from "../protocol/trustList";
import { type TypeMetadata, verifyTypeMetadata } from "../protocol/typeMetadata";
import type { Wallet } from "../wallet";

/** Fresh when the network answers, else the copy kept from before while it still holds. */
export async function loadTrust(wallet: Wallet): Promise<Trust> {
  const { config } = wallet;
  const anchors = config.rootCertificates.map(parseAnchor);
  return {
    anchors,
    extraIssuerAnchors: config.extraIssuerAnchors.map(parseAnchor),
    extraServiceAnchors: config.extraServiceAnchors.map(parseAnchor),
    trustList: await loadTrustList(wallet, anchors),
  };
}

async function loadTrustList(wallet: Wallet, anchors: Trust["anchors"]): Promise<TrustList> {
  const url = wallet.config.trustListUrl;
  const kept = await wallet.store.get("files", url);
  const rules = { anchors, now: wallet.now() };
  // What was kept was verified when it came; its number is what a newer list must not fall below.
  const previous = kept === undefined ? undefined : await readKept(kept.body, rules);
  const body = await fetchOr(wallet, url, kept?.body);
  const list = await verifyTrustList(utf8Decode(body).trim(), {
    ...rules,
    lowestSequence: previous?.sequence ?? 0,
  });
  await wallet.store.put("files", { url, body, fetchedAt: wallet.now() });
  return list;
}

async function readKept(body: Bytes, rules: { anchors: Trust["anchors"]; now: number }) {
  try {
    return await verifyTrustList(utf8Decode(body).trim(), { ...rules, lowestSequence: 0 });
  } catch {
    return undefined; // expired in the meantime; a fresh one is needed
  }
}

async function fetchOr(wallet: Wallet, url: string, kept: Bytes | undefined): Promise<Bytes> {
  try {
    return good(await wallet.network.send(url, { maxBytes: 2_000_000 }));
  } catch (cause) {
    if (kept !== undefined) return kept;
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
  const entry = trust.trustList.claimTypes.get(vct);
  if (entry === undefined) throw new Refusal("claim_type_mismatch", "the trust list does not name the type");
  const integrities = [entry.integrity, ...(signedIntegrity === undefined ? [] : [signedIntegrity])];
  const kept = await wallet.store.get("files", entry.url);
  if (kept !== undefined) {
    const usable = await verifyTypeMetadata(kept.body, vct, integrities).catch(() => undefined);
    if (usable !== undefined) return usable;
  }
  const body = good(await wallet.network.send(entry.url, { maxBytes: 300_000 }));
  const type = await verifyTypeMetadata(body, vct, integrities);
  await wallet.store.put("files", { url: entry.url, body, fetchedAt: wallet.now() });
  return type;
}
