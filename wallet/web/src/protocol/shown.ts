/** Other parties' texts as they may stand on a page: nothing in them is invisible or turns the text around them. */

// UAX #9 §2: directional formatting; UTS #55 §3: what is not seen. The two joiners (U+200C, U+200D) spell names.
const UNSEEN = /[\p{Cc}\p{Co}]|(?![\u200c\u200d])\p{Cf}/gu;
const BREAKS = /[\t\n\r\u2028\u2029]+/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The text with a sign for whatever could not be seen; one that runs from right to left moves nothing around it. */
export function shownText(text: string): string {
  const visible = text.replace(BREAKS, " ").replace(UNSEEN, "\ufffd");
  return RIGHT_TO_LEFT.test(visible) ? `\u2068${visible}\u2069` : visible;
}
