/** Reads an offer (OpenID4VCI 1.0 §4.1, §12.2) and finds out who makes it, before the citizen is asked anything. */

import { sha256 } from "../keys";
import { type CredentialOfferObject, createClient, type IssuerMetadataResult, unwrap } from "../oid4vci";
import { base64urlEncode, isObject, type JsonObject, utf8Encode } from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import type { Invocation } from "../protocol/link";
import type { Localised } from "../protocol/localised";
import type { Trust } from "../protocol/trust";
import { departmentFor } from "../protocol/trustList";
import type { TypeMetadata } from "../protocol/typeMetadata";
import type { PendingOffer, WantedClaim } from "../store";
import type { Wallet } from "../wallet";
import { loadTrust, loadType } from "./loadTrust";

/** More at once nobody could look at. */
const MAX_CLAIMS = 16;
const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/** A department of the network and what it has to give. */
export interface OfferSource {
  readonly issuerId: string;
  readonly issuerName: Localised;
  readonly issuerUrl: string;
  readonly claims: readonly OfferedClaim[];
  readonly trust: Trust;
  readonly metadata: IssuerMetadataResult;
}

/** An offer by a department of the network, ready to be accepted. */
export interface OpenedOffer extends OfferSource {
  readonly id: string;
  /** Undefined when no transaction code is needed. */
  readonly transactionCode: TransactionCode | undefined;
  readonly offer: CredentialOfferObject;
}

export interface OfferedClaim {
  readonly configurationId: string;
  readonly type: TypeMetadata;
}

export interface TransactionCode {
  readonly numeric: boolean;
  readonly length: number | undefined;
}

/** The same for each time that the same link is opened. */
export async function offerIdOf({ offer }: Invocation & { kind: "add" }): Promise<string> {
  return base64urlEncode(await sha256(utf8Encode(JSON.stringify(offer))));
}

export async function openOffer(wallet: Wallet, link: Invocation & { kind: "add" }): Promise<OpenedOffer> {
  const client = createClient(wallet.network, []);
  const offer = await readOffer(client, link);
  const issuerUrl = offer.credential_issuer;
  const trust = await loadTrust(wallet);
  // Nothing is asked of a department before the trust list has named it.
  const party = await findDepartment(trust, issuerUrl);
  const metadata = await readMetadata(client, issuerUrl);
  const claims = await readClaims(wallet, trust, party.issuerId, typesOffered(offer, metadata));
  const id = await offerIdOf(link);
  return {
    ...party,
    id,
    issuerUrl,
    claims,
    trust,
    metadata,
    offer,
    transactionCode: readTransactionCode(offer),
  };
}

/** The department of an offer whose code was accepted before, looked at anew: it may have been suspended since. */
export async function openSource(
  wallet: Wallet,
  pending: Pick<PendingOffer, "issuerId" | "issuerUrl" | "wanted">,
): Promise<OfferSource> {
  const { issuerUrl } = pending;
  const trust = await loadTrust(wallet);
  const party = await findDepartment(trust, issuerUrl);
  if (party.issuerId !== pending.issuerId)
    throw new Refusal("issuer_other", "the address is another department's by now");
  const metadata = await readMetadata(createClient(wallet.network, []), issuerUrl);
  const claims = await readClaims(wallet, trust, party.issuerId, pending.wanted);
  return { ...party, issuerUrl, claims, trust, metadata };
}

async function readClaims(
  wallet: Wallet,
  trust: Trust,
  issuerId: string,
  wanted: readonly WantedClaim[],
): Promise<OfferedClaim[]> {
  for (const { vct } of wanted) await departmentFor(trust.trustList, issuerId, vct);
  return await Promise.all(
    wanted.map(async ({ configurationId, vct }) => ({
      configurationId,
      type: await loadType(wallet, trust, vct),
    })),
  );
}

async function readOffer(
  client: ReturnType<typeof createClient>,
  link: Invocation & { kind: "add" },
): Promise<CredentialOfferObject> {
  const query = new URLSearchParams(
    "uri" in link.offer ? { credential_offer_uri: link.offer.uri } : { credential_offer: link.offer.value },
  );
  try {
    return await client.resolveCredentialOffer(`openid-credential-offer://?${query}`);
  } catch (cause) {
    throw unwrap(cause, new Refusal("offer_used", "the offer can't be read any more", { cause }));
  }
}

async function readMetadata(
  client: ReturnType<typeof createClient>,
  issuerUrl: string,
): Promise<IssuerMetadataResult> {
  try {
    return await client.resolveIssuerMetadata(issuerUrl);
  } catch (cause) {
    throw unwrap(cause, new Refusal("peer_failed", "the department's metadata can't be read", { cause }));
  }
}

async function findDepartment(
  trust: Trust,
  issuerUrl: string,
): Promise<Pick<OfferSource, "issuerId" | "issuerName">> {
  const department = await trust.trustList.departmentAt(issuerUrl);
  if (department?.active !== true)
    throw new Refusal("issuer_unknown", "the trust list names no such department");
  return { issuerId: department.id, issuerName: department.name };
}

function typesOffered(offer: CredentialOfferObject, metadata: IssuerMetadataResult): WantedClaim[] {
  if (offer.grants?.[PRE_AUTHORIZED] === undefined)
    throw new Refusal("offer_unsupported", "the offer has no pre-authorized code");
  const ids = offer.credential_configuration_ids;
  if (ids.length === 0 || ids.length > MAX_CLAIMS || new Set(ids).size !== ids.length)
    // §4.1.1
    throw new Refusal("offer_unsupported", "the offer names nothing, one thing twice, or too much");
  const configurations = metadata.credentialIssuer.credential_configurations_supported as JsonObject;
  return ids.map((configurationId) => {
    const configuration = configurations[configurationId];
    if (
      !isObject(configuration) ||
      configuration.format !== "dc+sd-jwt" ||
      typeof configuration.vct !== "string"
    )
      throw new Refusal("offer_unsupported", "the offer is for a format that this wallet does not keep");
    return { configurationId, vct: configuration.vct };
  });
}

function readTransactionCode(offer: CredentialOfferObject): TransactionCode | undefined {
  const code = offer.grants?.[PRE_AUTHORIZED]?.tx_code;
  if (code === undefined) return undefined;
  return { numeric: code.input_mode !== "text", length: code.length }; // §4.1.1: numeric is the default
}
