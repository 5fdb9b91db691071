/**
 * Where in the app the citizen is.
 *
 * Links that open the wallet carry an offer or a request in the query. It is read once and taken out of the address
 * bar at once, so that it stands in no history, bookmark or screenshot; it is kept in `history.state`, which survives
 * a reload of this tab. Pages of the app itself stand after the #.
 */

import { asRefusal, type Refusal } from "./protocol/errors";
import { type Invocation, parseQuery } from "./protocol/link";

export type Place =
  | { readonly page: "home" | "scan" | "history" | "settings" }
  | { readonly page: "claim" | "receive"; readonly id: string }
  | { readonly page: "add"; readonly link: Invocation & { kind: "add" } }
  | { readonly page: "present"; readonly link: Invocation & { kind: "present" } }
  | { readonly page: "refused"; readonly refusal: Refusal };

interface State {
  readonly link?: Invocation;
}

/** Takes the query out of the address bar; call once, before anything else runs. */
export function takeInvocation(): Refusal | undefined {
  const { pathname, search } = location;
  if (search === "") return undefined;
  try {
    const link = parseQuery(new URLSearchParams(search));
    history.replaceState(link === null ? null : { link }, "", link === null ? "/" : pathname);
    return undefined;
  } catch (error) {
    history.replaceState(null, "", "/");
    return asRefusal(error);
  }
}

export function currentPlace(): Place {
  const { link } = (history.state ?? {}) as State;
  const hash = location.hash.slice(1);
  if (hash.startsWith("claim/")) return { page: "claim", id: hash.slice(6) };
  if (hash.startsWith("receive/")) return { page: "receive", id: hash.slice(8) };
  if (hash === "scan" || hash === "history" || hash === "settings") return { page: hash };
  if (hash !== "home" && link?.kind === "add") return { page: "add", link };
  if (hash !== "home" && link?.kind === "present") return { page: "present", link };
  return { page: "home" };
}

/** Opens what was scanned or pasted. */
export function openInvocation(link: Invocation): void {
  history.pushState({ link }, "", link.kind === "add" ? "/add" : "/present");
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The invocation is done with: going back must not open it again. */
export function closeInvocation(): void {
  history.replaceState(null, "", location.pathname);
}
