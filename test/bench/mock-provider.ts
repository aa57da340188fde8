import { createServer } from 'node:net';

/**
 * A provider that costs next to nothing: every request gets the same bytes back. It reads just enough HTTP to know
 * where a request ends. Prints its port.
 */

const WORDS = ['The', ' river', ' runs', ' over', ' the', ' low', ' dam', '.'];

const body = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'bench',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: WORDS.join('') },
      logprobs: {
        content: WORDS.map((token) => ({
          token,
          logprob: -0.01,
          bytes: [...Buffer.from(token)],
          top_logprobs: [],
        })),
      },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 180, completion_tokens: 9, total_tokens: 189 },
});

const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

const HEAD_END = Buffer.from('\r\n\r\n');

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (true) {
      const headEnd = rest.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = rest.toString('latin1', 0, headEnd);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + HEAD_END.length + length;
      if (rest.length < end) return;
      rest = rest.subarray(end);
      socket.write(answer);
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : address);
});
