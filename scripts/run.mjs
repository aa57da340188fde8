// `npm start` and `npm run weir -- ...`: sets up what is missing, then runs the command on its own Node 24.
import { fileURLToPath } from 'node:url';
import { become, ensureInstalled, NODE } from './bootstrap.mjs';

ensureInstalled();
const weir = fileURLToPath(new URL('../services/host/bin/weir.mjs', import.meta.url));
// A larger nursery: what belongs to one request is garbage before it would be moved (docs/decisions).
become(NODE, ['--max-semi-space-size=64', weir, ...process.argv.slice(2)]);
