/**
 * Which claims answer a question (DCQL, OpenID4VP 1.0 §6.4 and §7), as the choices that a person can make.
 *
 * It stays with the least: only required sets, one claim for each place, no attribute and no array element beyond those
 * that were asked for.
 */

import type { ClaimQuery, CredentialQuery, Query } from "./dcqlQuery";
import { SD_JWT_VC } from "./dcqlQuery";
import { base64urlEncode, type JsonObject } from "./encoding";
import { selectPlaces } from "./paths";
import type { Path } from "./sdJwt";

/** A claim that the citizen holds; all of ours are SD-JWT VCs bound to a key. */
export interface HeldClaim {
  readonly id: string;
  readonly vct: string;
  /** With every disclosure. */
  readonly claims: JsonObject;
  readonly authorityKeyIds: readonly Uint8Array[];
}

/** One claim for one place in the query, with the places in the claim that must be shown. */
export interface ChoicePart {
  readonly queryId: string;
  readonly claimId: string;
  readonly paths: readonly Path[];
}

/** Claims that together answer the question. */
export type Choice = readonly ChoicePart[];

export interface Matches {
  /** In the service's order of preference; empty when nothing answers. */
  readonly choices: readonly Choice[];
  /** For each way to answer, the claim types that it takes. */
  readonly ways: readonly (readonly string[])[];
}

/** More would not help a person to choose. */
const MAX_CHOICES = 12;

export function matchQuery(query: Query, held: readonly HeldClaim[]): Matches {
  const parts = new Map(query.credentials.map((one) => [one.id, matchCredential(one, held)]));
  const ways = waysToAnswer(query, (ids) => ids.every((id) => (parts.get(id) ?? []).length > 0));
  const choices = ways.flatMap((way) => combine(way.map((id) => parts.get(id) ?? [])));
  const types = new Map(query.credentials.map((one) => [one.id, one.types.slice(0, 1)]));
  return {
    choices: choices.slice(0, MAX_CHOICES),
    ways: ways.map((way) => way.flatMap((id) => types.get(id) ?? [])),
  };
}

// §6.4.2: one option of each required set. Optional sets are left out: what is not needed is not shown. Where nothing is
// required, the first of them that can be answered is the answer; to answer with nothing would be none.
function waysToAnswer(query: Query, isMet: (ids: readonly string[]) => boolean): string[][] {
  const required = query.sets.filter((set) => set.required);
  const first = query.sets.find((set) => set.options.some(isMet)) ?? query.sets[0];
  const answered = required.length > 0 || first === undefined ? required : [first];
  return combine(answered.map((set) => set.options)).map((options) => [...new Set(options.flat())]);
}

function combine<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (sofar, list) => sofar.flatMap((head) => list.map((one) => [...head, one])).slice(0, 10 * MAX_CHOICES),
    [[]],
  );
}

/** Every held claim that fits one credential query. */
export function matchCredential(query: CredentialQuery, held: readonly HeldClaim[]): ChoicePart[] {
  return held.flatMap((claim) => {
    const paths = fits(query, claim) ? firstClaimSet(query, claim.claims) : undefined;
    return paths === undefined ? [] : [{ queryId: query.id, claimId: claim.id, paths }];
  });
}

function fits(query: CredentialQuery, claim: HeldClaim): boolean {
  const keyIds = claim.authorityKeyIds.map(base64urlEncode);
  const trusted = query.authorities === undefined || query.authorities.some((one) => keyIds.includes(one));
  return query.format === SD_JWT_VC && query.types.includes(claim.vct) && trusted;
}

// §6.4.1: the first set of which every claim is there
function firstClaimSet(query: CredentialQuery, claims: JsonObject): Path[] | undefined {
  for (const set of query.claimSets) {
    const selected = set.map((at) => select(claims, query.claims[at] as ClaimQuery));
    if (selected.every((paths) => paths.length > 0)) return distinct(selected.flat());
  }
  return undefined;
}

function distinct(paths: readonly Path[]): Path[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

// §7.1.1, then §6.3: of what the path selects, only what has one of the values
function select(claims: JsonObject, { path, values }: ClaimQuery): Path[] {
  const selected = selectPlaces(claims, path) ?? [];
  const wanted = selected.filter(([, value]) => values === undefined || values.some((one) => one === value));
  return wanted.map(([at]) => at);
}
