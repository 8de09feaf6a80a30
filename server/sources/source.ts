/** What a source is: it yields batches of facts, each with the cursor that stands once the batch is saved. */
import type { z } from 'zod'
import type { Fact, FactKind, Instant } from '../facts.ts'

export interface Batch {
  facts: Iterable<Fact>
  /** Where the next run goes on; saved with the facts in one transaction. */
  cursor: string
  /** From here on the absence of a deployment means that there was none, for every service of the source; saved with the facts. */
  coveredFrom?: Instant
  /** Facts of the source whose ids begin so are withdrawn before these are saved. */
  withdraw?: { of: FactKind; prefix: string }[]
}

/** A request that a system sent to POST /api/v1/hooks/SOURCE. */
export interface Delivery {
  /** Names in lower case. */
  headers: Record<string, string>
  /** As it came, byte for byte: signatures are over these. */
  body: Uint8Array
}

/** A delivery as it arrives. */
export interface Arriving extends Delivery {
  /** Of the address, each name once; never kept. */
  query: Record<string, string>
}

export interface Accepted {
  /** Names the delivery among those of its source: one that is known is not stored again. */
  key: string
  /** What to tell the sender, such as what a ping should tick. */
  reply: string | null
  /** Whether it is stored, to be read afterwards. */
  keep: boolean
}

/** What a delivery says. */
export interface Received {
  /** Complete by themselves. */
  facts: Fact[]
  /** Names of things that changed, for `refresh` to ask for; equal names are asked for once. */
  changed: string[]
}

/** Under which names a delivery's facts are filed. */
export interface Filing {
  /** The id of the source in the configuration. */
  sourceId: string
  /** The service that its facts belong to where they name none. */
  service: string
  /** When the delivery came. */
  receivedAt: Instant
}

/** A fact that deliveries may tell in parts. */
export type Thing = Extract<Fact, { kind: 'deployment' | 'change' | 'incident' }>

/** How a source takes what its system sends. All are pure and quick. */
export interface Receiver<Options> {
  /** Throws ShiplogError `unauthorized` where the sender does not show what was agreed or nothing was, `invalid` for what cannot be such a delivery. */
  accept(options: Options, delivery: Arriving, now: Date): Accepted
  /** Of a delivery that was accepted; throws ShiplogError `invalid` where it is not understood. */
  read(options: Options, delivery: Delivery, filing: Filing): Received
  /** Whether deliveries from this host (`ci.example.org`) are wanted; with it the source takes part in the handshake of CloudEvents' web hooks. */
  allowsOrigin?(options: Options, origin: string): boolean
  /**
   * Where deliveries tell a thing in parts, such as its beginning and its end: what two of them know of it together, in whichever order they came. Both
   * are of one kind and id.
   */
  join?(standing: Thing, arriving: Thing): Thing
}

export interface Progress {
  /** What is being done, in two or three words: `reading commits`. */
  step: string
  done: number
  /** Unknown where null. */
  total: number | null
}

/** A delivery whose body is still there: it waits to be read, or could not be. */
export interface KeptDelivery extends Delivery {
  key: string
  receivedAt: Instant
}

/** What a run is given besides its options. */
export interface Context {
  /** The id of the source in the configuration. */
  sourceId: string
  /** The service that the deployments of this source belong to. */
  service: string
  /** A folder of the source's own, kept between runs. */
  dataDir: string
  signal: AbortSignal
  /** The time of the run. */
  now: Date
  /** Whether services share this repository by paths, so that the files which its commits and changes touched are to be told. */
  needsFiles(repository: string): boolean
  progress(progress: Progress): void
  /** One line for the run log that a person should see, such as what was guessed. */
  note(text: string): void
  /** The newest deliveries of the source whose bodies are kept; only for a preview. */
  kept?(limit: number): Promise<KeptDelivery[]>
}

/** One thing a rule looked at: counted, or the reason why not. */
export interface PreviewRow {
  name: string
  at: number | null
  counted: boolean
  reason: string | null
  /** What it belongs to in a source of many, such as its repository. */
  group?: string
  /** What tells whose it would be where services share its repository: the environment, and the tag where there is one. */
  deploys?: { environment: string; version?: string }
}

export interface Preview {
  /** The rule in words. */
  rule: string
  rows: PreviewRow[]
  /** Advice where nothing or little is counted. */
  hints: string[]
  /** How many more there are that were not looked at. */
  truncated?: number
}

export interface Source<Options> {
  id: string
  title: string
  options: z.ZodType<Options>
  /** Its facts name their services, such as one for each repository; without it they belong to the service that has the source. */
  namesServices?: boolean
  collect?(options: Options, cursor: string | null, ctx: Context): AsyncIterable<Batch>
  receive?: Receiver<Options>
  /** Asks for what deliveries said has changed; the cursor is where `collect` stands, and stays there. */
  refresh?(options: Options, changed: string[], cursor: string | null, ctx: Context): AsyncIterable<Pick<Batch, 'facts' | 'withdraw'>>
  /** Whether its system is reached and lets it in, in one sentence and few requests; throws SourceError where not. Reads and changes nothing. */
  check?(options: Options, ctx: Context): Promise<string>
  /** What the rule would count, and why not the rest; reads and changes nothing. */
  preview?(options: Options, ctx: Context): Promise<Preview>
}
