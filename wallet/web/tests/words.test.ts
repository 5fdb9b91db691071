import { afterEach, describe, expect, it, vi } from "vitest";
import { REFUSAL_CODES } from "../src/protocol/errors";
import { formatDate, formatFact, formatLastDay, preferredLanguage, rememberLanguage } from "../src/words";
import { cy } from "../src/words/cy";
import { en } from "../src/words/en";

function texts(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, value]): [string, string][] => {
    const at = `${path}.${name}`;
    if (typeof value === "string") return [[at, value]];
    if (typeof value === "function")
      return [1, 2, 3].map((count) => [`${at}(${count})`, String(value(count))]);
    return texts(value as object, at);
  });
}

describe("the words", () => {
  it("are there for every refusal, with what to do", () => {
    for (const table of [en.refusals, cy.refusals]) {
      expect(Object.keys(table).sort()).toEqual([...REFUSAL_CODES].sort());
      for (const { title, text, advice } of Object.values(table))
        for (const one of [title, text, advice]) expect(one).toMatch(/\S/);
    }
  });

  it("are the same words in both languages, with the same gaps", () => {
    const shape = (words: object) =>
      texts(words)
        .map(([at]) => at)
        .sort();
    expect(shape(cy)).toEqual(shape(en));
  });

  // A name comes as its owner writes it; in running Welsh it would need its article, or another first letter.
  it("put a name where Welsh leaves it as it is", () => {
    const NAME = "Adran Gwaith a Phensiynau";
    const { add, present, home } = cy;
    const said = [
      home.pending(NAME, "14:30"),
      ...[add.by, add.done, present.title, present.missingTitle, present.shared].map((say) => say(NAME)),
      ...[present.going, present.goOn, present.declined].map((say) => say(NAME)),
    ];
    for (const text of said) expect(text).toMatch(new RegExp(`: ${NAME}$|\\(${NAME}\\)`));
  });

  // What a department gives and a citizen holds has one name, on a department's pages and here.
  it("call what is held a claim, and nothing else", () => {
    expect(texts(en).filter(([, text]) => /proofs?\b|credential|attestation/i.test(text))).toEqual([]);
    expect(
      texts(cy).filter(([, text]) => /\b(ph?rawf|brawf|phrofion|b?profion|hawliad)/i.test(text)),
    ).toEqual([]);
  });

  it("are translated, each one", () => {
    // Only what is the same in both: the languages' own names.
    const same = texts(en).filter(([at, text]) => new Map(texts(cy)).get(at) === text);
    expect(same).toEqual([]);
  });

  it("use typographic apostrophes", () => {
    for (const [at, text] of [...texts(en), ...texts(cy)])
      expect([at, text]).not.toEqual([at, expect.stringContaining("'")]);
  });
});

describe("dates and facts", () => {
  const march = Date.UTC(2027, 2, 1, 12) / 1000;
  it("are written as people write them", () => {
    expect(formatDate(march, "en")).toBe("1 March 2027");
    expect(formatDate(march, "cy")).toBe("1 Mawrth 2027");
    expect(formatFact("1980-02-29", "cy")).toBe("29 Chwefror 1980");
    expect(formatFact("ZZ1 2AB", "en")).toBe("ZZ1 2AB");
    expect(formatFact(true, "en")).toBe("Yes");
  });

  it("end on the day before a claim does at midnight", () => {
    expect(formatLastDay(new Date(2027, 1, 22).getTime() / 1000, "en")).toBe("21 February 2027");
  });
});

describe("the language", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is the browser's where the browser lets nothing be kept", () => {
    const denied = () => {
      throw new DOMException("denied", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: denied, setItem: denied });
    vi.stubGlobal("navigator", { language: "cy-GB" });
    expect(preferredLanguage()).toBe("cy");
    expect(() => rememberLanguage("en")).not.toThrow();
  });
});
