import { ConfigError, readConfigFile } from '@weir/config';
import { type Command, UsageError } from '../command.ts';

export const check: Command = {
  name: 'check',
  summary: 'say what is wrong with a configuration file',
  usage: 'FILE',
  details:
    'Reads the file as `weir up` would, without starting anything. Exits with 1 when it is not usable.',
  options: {},
  async run({ words, json, print }) {
    const [file] = words;
    if (file === undefined) throw new UsageError('which file?');
    try {
      const config = readConfigFile(file);
      const routes = Object.keys(config.routes);
      if (json) print(JSON.stringify({ usable: true, problems: [], routes }));
      else print(`${file} is usable; routes: ${routes.join(', ')}`);
      return 0;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (json) print(JSON.stringify({ usable: false, problems: error.problems }));
      else print(error.message);
      return 1;
    }
  },
};
