/** Whom this wallet trusts: its network's root and trust list, and the authorities of test parties in a configuration. */

import type { Certificate } from "./certificate";
import { type Signer, verifyChain } from "./chain";
import type { Bytes } from "./encoding";
import { Refusal } from "./errors";
import type { Localised } from "./localised";
import { PROFILE } from "./profile";
import { departmentFor, serviceFor, type TrustList } from "./trustList";

export interface Trust {
  readonly anchors: readonly Certificate[];
  readonly extraIssuerAnchors: readonly Certificate[];
  readonly extraServiceAnchors: readonly Certificate[];
  readonly trustList: TrustList;
}

/** A signer with the name that its citizens know. */
export interface Party {
  readonly signer: Signer;
  readonly name: Localised;
}

/** The department behind a claim; a good signature by one that is not named for `vct` is refused. */
export async function trustedIssuer(
  trust: Trust,
  x5c: readonly Bytes[],
  about: { vct: string; now: number },
): Promise<Party> {
  const signer = await memberUnder(trust, x5c, about.now, PROFILE.claimSigning);
  if (signer === undefined) {
    const party = await extraParty(trust.extraIssuerAnchors, x5c, about.now);
    await refuseForOurs(trust.trustList, about.vct);
    return party;
  }
  return { signer, name: (await departmentFor(trust.trustList, signer.organisationId, about.vct)).name };
}

// A claim type of the network is vouched for by its departments alone, whoever else is believed.
async function refuseForOurs(list: TrustList, vct: string): Promise<void> {
  if (((await list.claimType(vct))?.departments.size ?? 0) > 0)
    throw new Refusal("issuer_other", "a third party may not issue this claim type");
}

/** The service behind a request; one that the authority has suspended is refused. */
export async function trustedService(trust: Trust, x5c: readonly Bytes[], now: number): Promise<Party> {
  const signer = await memberUnder(trust, x5c, now, PROFILE.requestSigning);
  if (signer === undefined) return await extraParty(trust.extraServiceAnchors, x5c, now);
  return { signer, name: (await serviceFor(trust.trustList, signer.organisationId)).name };
}

/** Who signed a status list. */
export async function trustedStatusSigner(trust: Trust, x5c: readonly Bytes[], now: number): Promise<Signer> {
  const signer = await memberUnder(trust, x5c, now, PROFILE.statusSigning);
  if (signer === undefined) return (await extraParty(trust.extraIssuerAnchors, x5c, now)).signer;
  // Suspended or not: its lists are how its claims are withdrawn.
  if ((await trust.trustList.department(signer.organisationId)) === undefined)
    throw new Refusal("issuer_unknown", "the signer of the status list is no department");
  return signer;
}

async function memberUnder(
  trust: Trust,
  x5c: readonly Bytes[],
  now: number,
  profile: string,
): Promise<Signer | undefined> {
  const signer = await signerUnder(trust.anchors, x5c, now, profile);
  if (signer !== undefined && trust.trustList.revokedKeys.has(signer.keySha256))
    throw new Refusal("certificate_untrusted", "the authority has revoked the key");
  return signer;
}

// Undefined where the chain ends at none of these anchors; every other fault is a refusal.
async function signerUnder(
  anchors: readonly Certificate[],
  x5c: readonly Bytes[],
  now: number,
  expectedProfile: string | null,
): Promise<Signer | undefined> {
  try {
    return await verifyChain(x5c, { anchors, now, expectedProfile });
  } catch (error) {
    if (error instanceof Refusal && error.code === "anchor_unknown") return undefined;
    throw error;
  }
}

async function extraParty(
  anchors: readonly Certificate[],
  x5c: readonly Bytes[],
  now: number,
): Promise<Party> {
  const signer = await signerUnder(anchors, x5c, now, null);
  if (signer === undefined)
    throw new Refusal("certificate_untrusted", "the chain ends at no anchor of this network");
  return { signer, name: { en: signer.organisationName } };
}
