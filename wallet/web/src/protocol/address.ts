/** Which addresses are good enough. */

/** https, or http to this very machine where the demo allows it. */
export function isSecure(uri: URL, allowHttpLocalhost: boolean): boolean {
  if (uri.protocol === "https:") return true;
  return allowHttpLocalhost && uri.protocol === "http:" && ["localhost", "127.0.0.1"].includes(uri.hostname);
}

/**
 * An address that every reader takes for the same one: scheme, two slashes, a plain host, no user name.
 *
 * A browser also reads "https:host", backslashes, line ends and "name@host", where other readers see another host.
 */
export function isPlainAddress(text: string): boolean {
  return /^https?:\/\/[^/?#@]+([/?#]|$)/.test(text) && /^[!-~]+$/.test(text) && !/[<>"\\^`{|}]/.test(text);
}

/** A plain address of the web, as signed documents name it: https, or this very machine in a demonstration. */
export function isWebAddress(text: string): boolean {
  return isPlainAddress(text) && URL.canParse(text) && isSecure(new URL(text), true);
}
