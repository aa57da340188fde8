import { ConfigError, readConfigFile } from '@weir/config';
import { systemClock } from '@weir/runtime';
import { type Command, UsageError } from '../command.ts';
import { idleConditions, priceBook, unpricedHint, unpricedModels } from '../prices/price-book.ts';

export const check: Command = {
  name: 'check',
  summary: 'say what is wrong with a configuration file',
  usage: 'FILE',
  details:
    'Reads the file as `weir up` would, without starting anything, and names models without a price. Exits with 1 when it is not usable.',
  options: {},
  async run({ words, json, print }) {
    const [file] = words;
    if (file === undefined) throw new UsageError('which file?');
    try {
      const config = readConfigFile(file);
      const routes = Object.keys(config.routes);
      const prices = priceBook(config);
      const unpriced = unpricedModels(config, prices, systemClock.nowMs());
      const idle = idleConditions(config, prices);
      if (json)
        print(
          JSON.stringify({ usable: true, problems: [], routes, unpriced, idleConditions: idle }),
        );
      else {
        print(`${file} is usable; routes: ${routes.join(', ')}`);
        for (const model of unpriced) print(`${model}: ${unpricedHint(model, config)}`);
        for (const condition of idle) print(`${condition} moves no price`);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (json) print(JSON.stringify({ usable: false, problems: error.problems }));
      else print(error.message);
      return 1;
    }
  },
};
