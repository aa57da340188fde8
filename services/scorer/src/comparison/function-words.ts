/**
 * Words that say how something is said rather than what, folded (see `foldWord`): articles, forms of to be, pronouns,
 * prepositions. Neither negations nor alternatives are among them, and nothing that parts one answer from another.
 */
const FUNCTION_WORDS = new Set(
  `a an the this that these those is are was were be been being am it its he she they we you i me my your our their his
  her him them us of in on at to for from by with as and then than so there here which who whom whose what when where
  how do does did has have had will would can could should may might must s t re ll ve d m about into over also just
  very therefore thus hence please sure answer final result equals means called known named
  der die das den dem des ein eine einen einem einer eines ist sind war waren sein es er sie wir ihr ich mich sich und
  zu zum zur von vom mit im am auf fur aus bei als auch dass wird werden hat haben lautet antwort
  le la les l un une du de d est sont etait c ce cet cette ces il elle ils elles on nous vous je se et en dans pour par
  sur avec au aux qui que qu a ete reponse
  el los las lo una unos unas del al es son era fue esta estan con por para su sus se y que como respuesta
  gli i uno della dei delle nel nella sono era che con per su si e risposta
  o os um uma do da dos das no na nos nas em sao foi para ao e que resposta
  het een van zijn was op te voor met ook dat er aan bij antwoord
  это и в на с по к от для есть был была было были он она оно они ответ
  は が の を に で と も へ や す ま し た る 的 是 了 在 和 也 为 為 吗 呢 地 得 答 案`.split(
    /\s+/,
  ),
);

/** Between answers that exclude one another. */
const ALTERNATIVES = new Set('or oder ou или 或 either entweder'.split(' '));

const ARTICLES = new Set(
  'a an the der die das den dem ein eine einen le la les un une l el los las una il lo gli os um uma het een'.split(
    ' ',
  ),
);

export function isFunctionWord(word: string): boolean {
  return FUNCTION_WORDS.has(word);
}

export function isAlternative(word: string): boolean {
  return ALTERNATIVES.has(word);
}

/** The words without their articles, unless nothing but articles is there. */
export function withoutArticles(words: readonly string[]): readonly string[] {
  const kept = words.filter((word) => !ARTICLES.has(word));
  return kept.length > 0 ? kept : words;
}
