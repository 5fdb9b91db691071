/** Reads an offer (OpenID4VCI 1.0 §4.1, §12.2) and finds out who makes it, before the citizen is asked anything. */

import { type CredentialOfferObject, createClient, type IssuerMetadataResult, unwrap } from "../oid4vci";
import { isObject, type JsonObject } from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import type { Invocation } from "../protocol/link";
import type { Localised } from "../protocol/localised";
import type { Trust } from "../protocol/trust";
import { type Department, departmentFor } from "../protocol/trustList";
import type { TypeMetadata } from "../protocol/typeMetadata";
import type { Wallet } from "../wallet";
import { loadTrust, loadType } from "./loadTrust";

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/** An offer by a department of the network, ready to be accepted. */
export interface OpenedOffer {
  readonly issuerId: string;
  readonly issuerName: Localised;
  readonly issuerUrl: string;
  readonly claims: readonly OfferedClaim[];
  /** Undefined when no transaction code is needed. */
  readonly transactionCode: TransactionCode | undefined;
  readonly trust: Trust;
  readonly offer: CredentialOfferObject;
  readonly metadata: IssuerMetadataResult;
}

export interface OfferedClaim {
  readonly configurationId: string;
  readonly type: TypeMetadata;
}

export interface TransactionCode {
  readonly numeric: boolean;
  readonly length: number | undefined;
}

export async function openOffer(wallet: Wallet, link: Invocation & { kind: "add" }): Promise<OpenedOffer> {
  const client = createClient(wallet.network, []);
  const offer = await readOffer(client, link);
  const issuerUrl = offer.credential_issuer;
  const trust = await loadTrust(wallet);
  // Nothing is asked of a department before the trust list has named it.
  const [organisationId, department] = findDepartment(trust, issuerUrl);
  const metadata = await readMetadata(client, issuerUrl);
  const types = typesOffered(offer, metadata);
  for (const { vct } of types) departmentFor(trust.trustList, organisationId, vct);
  return {
    issuerId: organisationId,
    issuerName: department.name,
    issuerUrl,
    claims: await Promise.all(
      types.map(async ({ configurationId, vct }) => ({
        configurationId,
        type: await loadType(wallet, trust, vct),
      })),
    ),
    transactionCode: readTransactionCode(offer),
    trust,
    offer,
    metadata,
  };
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

function findDepartment(trust: Trust, issuerUrl: string): [string, Department] {
  // OpenID4VCI 1.0 §12.2.1: identifiers are compared as they are written.
  for (const [id, department] of trust.trustList.departments)
    if (department.active && department.url === issuerUrl) return [id, department];
  throw new Refusal("issuer_unknown", "the trust list names no such department");
}

function typesOffered(offer: CredentialOfferObject, metadata: IssuerMetadataResult) {
  if (offer.grants?.[PRE_AUTHORIZED] === undefined)
    throw new Refusal("offer_unsupported", "the offer has no pre-authorized code");
  const configurations = metadata.credentialIssuer.credential_configurations_supported as JsonObject;
  return offer.credential_configuration_ids.map((configurationId) => {
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
