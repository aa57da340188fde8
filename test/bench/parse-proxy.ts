import { createServer } from 'node:http';
import { Pool } from 'undici';

/**
 * The floor: node:http in front, undici's dispatch behind, both bodies parsed and written again, nothing else.
 * Any edge in Node that accounts for usage costs at least this. Takes the provider's port, prints its own.
 */
const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 128 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
    const answer: Buffer[] = [];
    pool.dispatch(
      {
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          answer.push(chunk);
        },
        onResponseEnd() {
          const text = JSON.stringify(JSON.parse(Buffer.concat(answer).toString()));
          response.writeHead(200, {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          });
          response.end(text);
        },
        onResponseError(_controller, error) {
          response.writeHead(502).end(error.message);
        },
      },
    );
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : address);
});
