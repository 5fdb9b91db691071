/**
 * Where the network's public register shows what a service was approved to ask (docs/register.md).
 *
 * The address comes from a verified registration certificate only, and only where its parts have the strict form that
 * our registrar writes (protocol/registration/public_register.py makes the same, by the same vectors): none is guessed.
 */

import type { Localised } from "./localised";

const MAX_ADDRESS = 512;
const ID = "[a-z0-9]+(?:-[a-z0-9]+)*";
const SUBJECT = new RegExp(`^PDXGB-(${ID})$`);
const REFERENCE = new RegExp(`^(${ID})@[1-9][0-9]{0,8}$`);
const PORT_AND_PATH = "(?::[0-9]{1,5})?(?:/[a-z0-9_~-][a-z0-9._~-]*)*$";
const HTTPS = new RegExp(`^https://[a-z0-9.-]+${PORT_AND_PATH}`);
const LOCAL = new RegExp(`^http://(?:localhost|127\\.0\\.0\\.1)${PORT_AND_PATH}`);

/** What of a registration certificate says where its page is. */
export interface Registered {
  readonly registryUri: string;
  readonly organisationId: string;
  /** The question's id and version; every version has the same page. */
  readonly question: string;
}

/** The page in both languages; undefined where there can't be one. */
export function questionPages(registered: Registered, allowHttpLocalhost: boolean): Localised | undefined {
  const { registryUri } = registered;
  const service = SUBJECT.exec(registered.organisationId)?.[1];
  const question = REFERENCE.exec(registered.question)?.[1];
  if (service === undefined || question === undefined) return undefined;
  if (!HTTPS.test(registryUri) && !(allowHttpLocalhost && LOCAL.test(registryUri))) return undefined;
  const page = (language: string) =>
    `${registryUri}/register/${language}/questions/${service}/${question}.html`;
  return page("en").length <= MAX_ADDRESS ? { en: page("en"), cy: page("cy") } : undefined;
}
