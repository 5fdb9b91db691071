/**
 * Who is in the network and may do what: the trust list by its head, of which only the parts in question are fetched.
 *
 * Who is not in the part where they would have to be is not in the list; a part that can't be had is an error, and never
 * the answer that somebody is not listed.
 */

import { Refusal } from "./errors";
import type { TrustListHead } from "./trustListHead";
import {
  type ClaimTypeEntry,
  type LoadPart,
  type Member,
  membersNear,
  type Table,
  typesNear,
} from "./trustListParts";

export interface TrustList extends Pick<TrustListHead, "sequence" | "logKeys" | "revokedKeys"> {
  service(organisationId: string): Promise<Member | undefined>;
  department(organisationId: string): Promise<Member | undefined>;
  /** By its Credential Issuer Identifier, compared as it is written (OpenID4VCI 1.0 §12.2.1). */
  departmentAt(url: string): Promise<Member | undefined>;
  claimType(vct: string): Promise<ClaimTypeEntry | undefined>;
}

/** The list that `head` heads; every part is fetched by `load` once at most. */
export function createTrustList(head: TrustListHead, load: LoadPart): TrustList {
  const loadOnce = once(load);
  const near = (table: Table, kind: "services" | "departments", key: string) =>
    membersNear(table, key, kind, loadOnce);
  const { sequence, logKeys, revokedKeys } = head;
  return {
    sequence,
    logKeys,
    revokedKeys,
    service: async (id) => (await near(head.services, "services", id)).find((one) => one.id === id),
    department: async (id) => (await near(head.departments, "departments", id)).find((one) => one.id === id),
    departmentAt: async (url) =>
      (await near(head.departments, "departments", url)).find((one) => one.url === url),
    claimType: async (vct) =>
      (await typesNear(head.claimTypes, vct, loadOnce)).find((one) => one.vct === vct),
  };
}

function once(load: LoadPart): LoadPart {
  const known = new Map<string, ReturnType<LoadPart>>();
  return (digest) => {
    const found = known.get(digest) ?? load(digest);
    known.set(digest, found);
    return found;
  };
}

/** The department that may issue `vct`; raises issuer_unknown or issuer_other. */
export async function departmentFor(list: TrustList, organisationId: string, vct: string): Promise<Member> {
  const department = await list.department(organisationId);
  if (department === undefined || !department.active)
    throw new Refusal("issuer_unknown", "the trust list does not name the department");
  if (!(await list.claimType(vct))?.departments.has(organisationId))
    throw new Refusal("issuer_other", "the trust list names the department for other claim types only");
  return department;
}

/** The departments that take part and may issue `vct`. */
export async function departmentsFor(list: TrustList, vct: string): Promise<Member[]> {
  const named = [...((await list.claimType(vct))?.departments ?? [])];
  const found = await Promise.all(named.map((id) => list.department(id)));
  return found.filter((one): one is Member => one?.active === true);
}

/** The service, if it may ask now; raises certificate_untrusted or service_suspended. */
export async function serviceFor(list: TrustList, organisationId: string): Promise<Member> {
  const service = await list.service(organisationId);
  if (service === undefined)
    throw new Refusal("certificate_untrusted", "the trust list does not name the service");
  if (!service.active) throw new Refusal("service_suspended", "the authority has suspended the service");
  return service;
}
