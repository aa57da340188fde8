import { type Config, nearest, type RouteConfig } from '@weir/config';
import { systemClock } from '@weir/runtime';
import { type ScorerFile, ScorerFileError, type ScorerFiles } from '@weir/scorer';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { type Configuration, findConfiguration } from '../configuration.ts';
import { priceBook } from '../prices/price-book.ts';
import { CalibrationError, calibrate as calibrated } from '../scorers/calibration.ts';
import { calibrationLines, calibrationReport } from '../scorers/calibration-report.ts';
import { rowsFromLedger, rowsFromLog } from '../scorers/route-rows.ts';
import { targetFor, targetRemarks } from '../scorers/target.ts';
import { listJson, listLines } from '../scorers/version-list.ts';
import { isVersion, scorerFiles, versionPath, versionsOf } from '../scorers/versions.ts';
import { learnedSettings } from '../scoring.ts';
import { pricesByName } from '../settings.ts';

export const calibrate: Command = {
  name: 'calibrate',
  summary: "fit, certify and put in force a route's scorer model; list and restore versions",
  usage: '--route NAME',
  details:
    "Learns from the route's labels in the ledger, which the service collects by itself on routes with a target, or from a\n" +
    'recorded log (docs/evaluation.md): which drafts are acceptable, and below which price of escalating they may be served.\n' +
    'What is certified is tested on rows that the model has not seen. Every version is a file in the data directory\n' +
    '(WEIR_DATA_DIR) and can be restored. A server may run meanwhile: it takes what is in force within seconds.',
  options: {
    route: { type: 'string', value: 'NAME', help: 'the route' },
    from: {
      type: 'string',
      value: 'ledger|FILE',
      help: 'where the labels are: the ledger of the configuration (default), or a recorded log',
    },
    quality: {
      type: 'string',
      value: 'SHARE',
      help: 'at most 1 - SHARE of requests worse off (default: as the route says, or 0.99)',
    },
    confidence: {
      type: 'string',
      value: 'SHARE',
      help: 'how sure the certificate must be (default: as the route says, or 0.9)',
    },
    share: {
      type: 'string',
      value: 'SHARE',
      help: "in place of a quality: as good as it gets for this share of the frontier's bill",
    },
    endpoint: {
      type: 'string',
      value: 'FINGERPRINT',
      help: 'of the drafts (default: of the newest label; of a log, any)',
    },
    'dry-run': { type: 'boolean', help: 'write nothing' },
    list: { type: 'boolean', help: 'the versions that there are, and which is in force' },
    restore: { type: 'string', value: 'VERSION', help: 'put an earlier version in force again' },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: as `weir up` finds it)',
    },
  },
  async run(context) {
    try {
      return await run(context);
    } catch (error) {
      const isForeseen = error instanceof CalibrationError || error instanceof ScorerFileError;
      if (!isForeseen) throw error;
      if (context.json) context.print(JSON.stringify({ error: error.message }));
      else context.note(`weir calibrate: ${error.message}.`);
      return 1;
    }
  },
};

async function run(context: CommandContext): Promise<number> {
  const { words, text, flag } = context;
  if (words.length > 0)
    throw new UsageError(`takes no "${words.join(' ')}": --route names the route`);
  const restored = text('restore');
  if (restored !== undefined && flag('list')) throw new UsageError('takes --list or --restore');
  const configuration = await findConfiguration(text('config'));
  const route = routeName(text('route'), Object.keys(configuration.config.routes));
  const { config, environment } = configuration;
  const files = scorerFiles(environment.dataDir, config);
  if (flag('list')) return list(context, files, route);
  if (restored !== undefined) return restore(context, files, route, restored);
  return fit(context, configuration, files, route);
}

function routeName(name: string | undefined, known: readonly string[]): string {
  const all = `there are ${known.join(', ')}`;
  if (name === undefined) throw new UsageError(`which --route? ${all}`);
  if (known.includes(name)) return name;
  const meant = nearest(name, known);
  throw new UsageError(
    `there is no route "${name}"; ${meant === undefined ? all : `did you mean "${meant}"?`}`,
  );
}

function list({ json, print }: CommandContext, files: ScorerFiles, route: string): number {
  const versions = versionsOf(files, route);
  if (json) print(JSON.stringify(listJson(route, versions)));
  else for (const line of listLines(route, versions)) print(line);
  return 0;
}

function restore(
  { json, print }: CommandContext,
  files: ScorerFiles,
  route: string,
  version: string,
): number {
  if (!isVersion(version)) {
    throw new UsageError(`"${version}" is no version: --list has those of ${route}`);
  }
  const nowMs = systemClock.nowMs();
  if (!isRestored(files, route, version, nowMs)) {
    throw new CalibrationError(
      `${route} has no version ${version} any more: --list has those kept`,
    );
  }
  const safeMode = files.safeMode(route);
  if (json)
    print(JSON.stringify({ route, version, restored: true, safeMode: safeMode?.alarm ?? null }));
  else {
    print(`${route}: version ${version} is in force. A server that runs takes it within seconds.`);
    if (safeMode) {
      print(
        `Still in safe mode (${safeMode.alarm}): every draft escalates until there is a new certificate.`,
      );
    }
  }
  return 0;
}

/** A damaged version is never put in force: what is kept is restored in its place, or fitted anew. */
function isRestored(files: ScorerFiles, route: string, version: string, nowMs: number): boolean {
  try {
    return files.restore(route, version, nowMs);
  } catch (error) {
    if (!(error instanceof ScorerFileError)) throw error;
    const other = files.lastInForce(route, version);
    const restore = other === undefined ? '' : `restore another version (--restore ${other}), or `;
    const [what] = error.message.split(': restore it');
    throw new CalibrationError(`${what}: ${restore}calibrate the route again`);
  }
}

async function fit(
  context: CommandContext,
  { config, environment }: Configuration,
  files: ScorerFiles,
  route: string,
): Promise<number> {
  const { text, note, print, json } = context;
  const settings = config.routes[route];
  if (!settings) throw new TypeError('the name of the route was checked');
  const target = targetFor(text, settings);
  const nowMs = systemClock.nowMs();
  const from = text('from') ?? 'ledger';
  const share = draftCostShare(settings, config, nowMs);
  const endpoint = text('endpoint');
  const call = { route, config, environment, endpoint, draftCostShare: share, note };
  const found = await (from === 'ledger' ? rowsFromLedger(call) : rowsFromLog(from, call));
  note(`fitting to ${found.rows.length} labelled drafts`);
  const safeMode = files.safeMode(route);
  const before = versionInForce(files, route);
  const calibration = calibrated({
    route,
    endpoint: found.endpoint,
    rows: found.rows,
    isTimed: found.isTimed,
    target,
    draftCostShare: share,
    greyShare: settings.scorer.buy === 'nothing' ? 0 : settings.scorer.greyShare,
    inForce: before.file,
    safeMode,
    alarmMs: alarmTime(files, route, found.isTimed),
    nowMs,
  });
  const { file } = calibration;
  const dryRun = context.flag('dry-run');
  const isPutInForce = !dryRun && (!safeMode || calibration.endsSafeMode);
  if (isPutInForce) {
    files.promote(file, `calibrated from ${from === 'ledger' ? 'the ledger' : 'a log'}`, nowMs);
    if (calibration.endsSafeMode) files.leaveSafeMode(route);
  }
  const report = calibrationReport({
    calibration,
    from: found.from,
    target,
    leftOut: found.leftOut,
    before: before.version,
    safeMode,
    dryRun,
    path: isPutInForce ? versionPath(environment.dataDir, file) : undefined,
    remarks: [...targetRemarks(target, settings, route), ...before.remarks, ...found.remarks],
  });
  if (json) print(JSON.stringify(report));
  else for (const line of calibrationLines(report)) print(line);
  return 0;
}

/** Rows from before the last alarm certify nothing; nor do rows without a time while it lasts. */
function alarmTime(files: ScorerFiles, route: string, isTimed: boolean): number {
  const alarm = files.safeMode(route) ?? (isTimed ? files.lastAlarm(route) : undefined);
  return alarm?.sinceMs ?? 0;
}

interface InForce {
  readonly version: string | undefined;
  readonly file: ScorerFile | undefined;
  readonly remarks: readonly string[];
}

/** A damaged version is no obstacle: calibrating again is what mends it. */
function versionInForce(files: ScorerFiles, route: string): InForce {
  let version: string | undefined;
  try {
    version = files.currentVersion(route);
    return { version, file: files.current(route), remarks: [] };
  } catch (error) {
    if (!(error instanceof ScorerFileError)) throw error;
    return { version, file: undefined, remarks: [`In force before: ${error.message}.`] };
  }
}

/** As the scorer of a server takes it, also where the route has no target yet. */
function draftCostShare(route: RouteConfig, config: Config, nowMs: number): number {
  const scorer = { ...route.scorer, target: { budget: { share: 0.5 } } };
  const pricesOf = pricesByName(config, priceBook(config));
  return learnedSettings({ ...route, scorer }, pricesOf, nowMs)?.draftCostShare ?? 0;
}
