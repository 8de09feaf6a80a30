/** The command line: parses, runs one command, and answers 0 (done), 1 (failed) or 2 (not understood). */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { stopSignal } from './cli/stop-signal.ts'
import { ShiplogError } from './errors.ts'

const exitFailed = 1
const exitUsage = 2

/** Each command loads what it needs when it runs: `--help` and a wrong option answer at once. */
function program(): Command {
  const cli = new Command('shiplog')
  cli.description("How fast and how safely software is delivered: DORA's five metrics with their evidence.")
  cli.exitOverride().showHelpAfterError('(--help shows the options)').showSuggestionAfterError()
  cli.configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })

  command(cli, 'serve', 'collect on schedule and serve the dashboard and the API')
    .option('--host <address>', 'address to listen on (HOST, else 127.0.0.1)')
    .option('--port <number>', 'port to listen on (PORT, else 4400)')
    .option('--build', 'build the pages first where they are missing or older than their sources')
    .action(async (options) => {
      // Before anything is loaded or opened: a server that is told to stop while it starts ends as one that runs.
      const stop = stopSignal()
      await (await import('./cli/serve.ts')).serve(await session(options, process.stderr.isTTY ? 'warn' : 'info'), options, stop)
    })

  command(cli, 'collect', 'collect every source once, or one of them')
    .option('--source <id>', 'only this source')
    .action(async (options) => (await import('./cli/collect.ts')).collect(await session(options), options))

  command(cli, 'metrics', 'show the metrics of what is collected')
    .option('--scope <scope>', 'service:ID, team:ID or org', 'org')
    .option('--from <day>', 'first day, such as 2026-01-01 (default: twelve whole weeks back)')
    .option('--to <day>', 'the day after the last (default: tomorrow)')
    .addOption(new Option('--bucket <length>', 'list the values of each').choices(['day', 'week', 'month', 'quarter']))
    .option('--environment <name>', 'a tier or an environment (default: production)')
    .option('--json', 'print the answer of the API')
    .action(async (options) => (await import('./cli/metrics.ts')).showMetrics(await session(options), options))

  command(cli, 'report', 'make or show the weekly report')
    .option('--scope <scope>', 'service:ID, team:ID or org', 'org')
    .option('--week <week>', 'ISO week such as 2026-W47 (default: the last whole one)')
    .addOption(new Option('--format <format>', 'of the output').choices(['md', 'html', 'csv', 'json']).default('md'))
    .option('--refresh', 'make a new revision from the data of now')
    .action(async (options) => (await import('./cli/report.ts')).showReport(await session(options), options))

  command(cli, 'preview', 'show what a source would count, and why not the rest')
    .option('--source <id>', 'which source')
    .option('--deployments <rule>', 'try this rule instead, such as \'{ tags: "^v" }\'')
    .option('--json', 'print the answer of the API')
    .action(async (options) => (await import('./cli/preview.ts')).showPreview(await session(options), options))

  command(cli, 'pause', 'collect a source no more, until it is resumed')
    .option('--source <id>', 'which source')
    .action(async (options) => (await import('./cli/pause.ts')).pause(await session(options), options))

  command(cli, 'resume', 'collect a paused source again')
    .option('--source <id>', 'which source')
    .action(async (options) => (await import('./cli/pause.ts')).resume(await session(options), options))

  command(cli, 'doctor', 'check everything that Shiplog needs, and say how to mend what is not right')
    .option('--json', 'print the findings as JSON')
    .action(async (options) => (await import('./cli/doctor.ts')).doctor(options))

  command(cli, 'export', 'write all facts and verdicts as JSON lines')
    .argument('[file]', 'default: standard output')
    .action(async (file, options) => (await import('./cli/transfer.ts')).exportTo(await session(options), file))

  command(cli, 'import', 'read facts and verdicts that export wrote')
    .argument('<file>', 'a file, or - for standard input')
    .action(async (file, options) => (await import('./cli/transfer.ts')).importFrom(await session(options), file))

  command(cli, 'rebuild', 'derive everything anew from the facts').action(async (options) =>
    (await import('./cli/transfer.ts')).rebuildAll(await session(options)),
  )
  return cli
}

function command(cli: Command, name: string, description: string): Command {
  return cli
    .command(name)
    .description(description)
    .option('--config <file>', 'the configuration (SHIPLOG_CONFIG, else ./shiplog.yaml, else the demo)', filled)
    .option('--git <path-or-url>', 'one repository instead of a configuration', filled)
    .option('--data <dir>', "folder of the embedded database and of clones (SHIPLOG_DATA, else one of the configuration's own)", filled)
}

function filled(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.')
  return text
}

/** Commands tell a person what matters; their log is for LOG_LEVEL. */
async function session(options: object, logLevel = 'silent') {
  return (await import('./cli/session.ts')).openSession(options, logLevel)
}

/** Runs one command line; the exit code. */
async function run(argv: string[]): Promise<number> {
  try {
    await program().parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage
    process.stderr.write(`${messageOf(error)}\n`)
    return error instanceof ShiplogError && error.code === 'invalid' ? exitUsage : exitFailed
  }
}

/** What a person is told; only for what should never happen with a trace. */
function messageOf(error: unknown): string {
  if (error instanceof ShiplogError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

// Whoever reads may have seen enough, as `| head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2))
