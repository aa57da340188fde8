import type { Mind, MindAnswer, MindEnd, MindRequest, MindToken } from './mind.ts';
import { stoppedBy } from './stop.ts';

/** How a scripted answer is made; written by the test as `[[script: tokens=40 logprob=-0.1]]` into its question. */
interface Script {
  readonly tokens: number;
  readonly logprob: number;
  readonly text: string | undefined;
}

const WORDS = ['The', ' river', ' runs', ' over', ' the', ' low', ' dam', ' and', ' on', '.'];

/** Answers as its question tells it to: any length, any certainty. */
export class ScriptedMind implements Mind {
  answer(request: MindRequest): MindAnswer {
    const question = request.messages.at(-1)?.content ?? '';
    const promptTokens = request.messages.reduce(
      (sum, { content }) => sum + 4 + Math.ceil(content.length / 4),
      0,
    );
    return { promptTokens, tokens: play(scriptOf(question), request) };
  }
}

function* play(script: Script, request: MindRequest): Generator<MindToken, MindEnd> {
  const words = script.text?.match(/\S+\s*|\s+/g);
  const total = words?.length ?? script.tokens;
  const count = Math.min(total, request.maxTokens);
  const token = (text: string): MindToken =>
    request.topLogprobs < 0
      ? { text, top: [] }
      : { text, logprob: script.logprob, top: [{ token: text, logprob: script.logprob }] };
  let said = '';
  for (let at = 0; at < count; at++) {
    const text = words ? (words[at] as string) : (WORDS[at % WORDS.length] as string);
    said += text;
    const stopped = stoppedBy(said, text, request.stop);
    if (stopped) {
      if (stopped.visible !== '') yield token(stopped.visible);
      return { finish: 'stop', completionTokens: at + 1, stopWord: stopped.word };
    }
    yield token(text);
  }
  return count < total
    ? { finish: 'length', completionTokens: count }
    : { finish: 'stop', completionTokens: count + 1 };
}

function scriptOf(question: string): Script {
  const text = /\[\[say:([\s\S]*?)\]\]/.exec(question)?.[1];
  const settings = /\[\[script:([^\]]*)\]\]/.exec(question)?.[1] ?? '';
  const number = (name: string, byDefault: number) => {
    const found = new RegExp(`\\b${name}=(-?[\\d.]+)`).exec(settings)?.[1];
    return found === undefined ? byDefault : Number(found);
  };
  return { text, tokens: number('tokens', 20), logprob: number('logprob', -0.01) };
}
