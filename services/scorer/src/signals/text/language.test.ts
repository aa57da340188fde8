import { describe, expect, test } from 'vitest';
import { LANGUAGE_MISMATCH } from './language.ts';
import { readingOf } from './reading.fixture.ts';

const IN = {
  english: 'The parcel is on its way to you and it will be there with the next delivery.',
  german: 'Das Paket ist auf dem Weg und wird mit der nächsten Lieferung nicht zu spät sein.',
  french: 'Le colis est dans le camion et il sera livré par une personne pour vous.',
  spanish: 'El paquete está en la calle y los vecinos lo tienen para usted por la tarde.',
  italian: 'Il pacco è in viaggio e non è ancora arrivato, ma sono sicuro che arriva con il treno.',
  portuguese: 'O pacote não está em casa, mas uma pessoa da loja vem para o entregar.',
  dutch: 'Het pakket is van ons en wordt niet door een ander naar je huis gebracht.',
  russian: 'Посылка уже в пути и будет у вас завтра.',
  chinese: '包裹已经在路上了。',
  korean: '소포가 오고 있습니다.',
  arabic: 'الطرد في الطريق إليك.',
};
const LANGUAGES = Object.keys(IN) as (keyof typeof IN)[];

describe('the language of the question is told from the language of the answer', () => {
  test.each(LANGUAGES)('%s', (language) => {
    for (const other of LANGUAGES) {
      const value = LANGUAGE_MISMATCH.read(readingOf(IN[other], IN[language]));
      expect(value, other).toBe(other === language ? 0 : 1);
    }
  });
});

test.each([
  ['', ''],
  ['42', 'How much is it for the two of us?'],
  ['Paris', 'Which is the capital of the country?'],
  ['SELECT 1', '1 + 1'],
])('%j in answer to %j tells nothing', (answer, question) => {
  expect(LANGUAGE_MISMATCH.read(readingOf(answer, question))).toBeUndefined();
});

test('a foreign name does not make a foreign text', () => {
  expect(LANGUAGE_MISMATCH.read(readingOf(`${IN.english} (Москва)`, IN.english))).toBe(0);
});
