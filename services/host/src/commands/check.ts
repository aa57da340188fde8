import { ConfigError, readConfigFile } from '@weir/config';
import { systemClock } from '@weir/runtime';
import { type Command, UsageError } from '../command.ts';
import { type Remark, remarksOn } from '../remarks.ts';

export const check: Command = {
  name: 'check',
  summary: 'say what is wrong with a configuration file',
  usage: 'FILE',
  details:
    'Reads the file as `weir up` would, without starting anything. Also names what is most likely not meant: models without a\n' +
    'price, retired ones, vendors without a key, conditions that move no price,\n' +
    'settings of a scorer that are ignored or can never come true. Exits with 1 when the file is not usable.\n' +
    'Whether variables are set and providers can be reached is for `weir doctor`.',
  options: {},
  async run({ words, json, print }) {
    const [file] = words;
    if (file === undefined) throw new UsageError('which file?');
    try {
      const config = readConfigFile(file);
      const routes = Object.keys(config.routes);
      const remarks = remarksOn(config, systemClock.nowMs());
      if (json) print(JSON.stringify({ usable: true, problems: [], routes, ...byKind(remarks) }));
      else {
        print(`${file} is usable; routes: ${routes.join(', ')}`);
        for (const { about, detail } of remarks) print(`${about}: ${detail}`);
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

function byKind(remarks: readonly Remark[]) {
  const of = (kind: Remark['kind']) =>
    remarks.filter((remark) => remark.kind === kind).map(({ about }) => about);
  return {
    keyless: of('keyless'),
    retired: of('retired'),
    retiring: of('retiring'),
    unpriced: of('unpriced'),
    idleConditions: of('idle_condition'),
    vainSettings: of('vain_setting'),
  };
}
