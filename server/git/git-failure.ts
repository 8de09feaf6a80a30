/** Says what a failure of git means and how a person mends it. */
import { SourceError } from '../errors.ts'
import { GitFailure } from './run-git.ts'

export interface Place {
  /** The path or address as a person knows it, without secrets. */
  name: string
  kind: 'path' | 'url'
  /** Whether a token was sent. */
  token: boolean
}

interface Reading {
  when: RegExp
  kind?: Place['kind']
  says(place: Place): [message: string, mend: string]
}

const corrupt = new RegExp(
  [
    'is corrupt',
    'corrupt (?:loose|packed) object',
    'object file .* is empty',
    'missing (?:blob|tree|commit|tag|object)',
    'bad (?:object|tree)',
    'unable to (?:read|unpack|parse)',
    'could not (?:read|parse) ',
    'failed to (?:read|parse|traverse|unpack)',
    'inflate: ',
    'does not match index',
    'hash mismatch',
    'revision walk setup failed',
    'pack(?:file)? .* (?:cannot be|is far too|is truncated)',
  ].join('|'),
  'i',
)

/** The server's own fault, which says nothing of the copy. */
const remoteDamage = /corruption on the remote side|^remote: fatal:|not our ref/m

const readings: Reading[] = [
  {
    when: /spawn git ENOENT/,
    says: () => ['git is not installed, or not on the PATH.', 'Install git 2.33 or newer.'],
  },
  {
    when: /unrecognized argument|unknown option|unknown switch|^usage: git/im,
    says: () => ['This git is too old.', 'Install git 2.33 or newer.'],
  },
  {
    when: /No space left on device/i,
    says: () => ['The disk is full.', 'Free some space in the data folder and collect again.'],
  },
  {
    kind: 'url',
    when: /Host key verification failed/i,
    says: ({ name }) => [
      `The host of ${name} is not known to ssh.`,
      'Check its key and add it to known_hosts of the user that runs Shiplog.',
    ],
  },
  {
    kind: 'url',
    when: /Permission denied \(|Too many authentication failures/i,
    says: ({ name }) => [
      `${name} refused the ssh key.`,
      'Give the user that runs Shiplog a key without a passphrase that may read the repository.',
    ],
  },
  {
    kind: 'url',
    when: /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[13]|HTTP Basic: Access denied/i,
    says: ({ name, token }) =>
      token
        ? [`${name} refused the token.`, 'Check that the token is valid, has not expired and may read the repository.']
        : [`${name} asks for credentials.`, 'Set token to the name of an environment variable that holds a token with read access.'],
  },
  {
    kind: 'url',
    when: /returned error: 3\d\d|redirect/i,
    says: ({ name }) => [
      `${name} answers with another address, and a token is not sent on.`,
      'Set url to the new address; often only .git is missing at its end.',
    ],
  },
  {
    kind: 'url',
    when: /SSL|certificate|TLS/,
    says: ({ name }) => [
      `No trusted connection to ${name}.`,
      'Set GIT_SSL_CAINFO to a file with the certificates of your organisation, or mend the certificate of the server.',
    ],
  },
  {
    kind: 'url',
    when: /not found|does not exist|does not appear to be a git repository|returned error: 404|not a git repository/i,
    says: ({ name, token }) => [
      `There is no repository at ${name}, or it is hidden.`,
      token ? 'Check url, and that the token may read the repository.' : 'Check url; a private repository needs token.',
    ],
  },
  {
    kind: 'url',
    when: /dubious ownership/i,
    says: ({ name }) => [`The repository at ${name} belongs to another user.`, 'Write path instead of url, or let its owner run Shiplog.'],
  },
  {
    kind: 'url',
    when: remoteDamage,
    says: ({ name }) => [
      `The server could not read its own repository ${name}.`,
      'Let whoever runs it look with `git fsck --full`; the next run tries again.',
    ],
  },
  {
    kind: 'url',
    when: /Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|timed out|reset|closed)|timed out|too slow|Network is unreachable|early EOF|hung up|RPC failed|returned error: (?:429|5\d\d)/i,
    says: ({ name }) => [`${name} does not answer.`, 'Check the address, the network and a proxy (https_proxy); the next run tries again.'],
  },
  {
    kind: 'path',
    when: corrupt,
    says: ({ name }) => [`The repository ${name} is damaged.`, `Run \`git fsck --full\` in it, and clone it anew if that finds faults.`],
  },
  {
    kind: 'url',
    when: corrupt,
    says: ({ name }) => [`The copy of ${name} is damaged.`, 'It has been removed: collect again, and it is made anew.'],
  },
]

/** The failure as an error with a mend; anything that is not a failure of git is returned as it is. */
export function explainFailure(error: unknown, place: Place): unknown {
  if (!(error instanceof GitFailure)) return error
  const reading = readings.find(({ when, kind }) => (kind === undefined || kind === place.kind) && when.test(error.output))
  const [message, mend] = reading?.says(place) ?? [
    `git ${error.command} failed on ${place.name}.`,
    'See what git says, and try the same by hand.',
  ]
  return new SourceError(`${message} ${quote(error)}`.trim(), mend, { cause: error })
}

/** Whether git met objects that are not as they were written. */
export function isDamage(error: unknown): boolean {
  return error instanceof GitFailure && corrupt.test(error.output) && !remoteDamage.test(error.output)
}

/** The lines of git that matter, as one sentence. */
function quote(error: GitFailure): string {
  const lines = error.output.split('\n').map((line) => line.trim())
  const faults = lines.filter((line) => /^(?:fatal|error|ERROR|remote: (?:error|fatal|ERROR))/.test(line))
  const told = (faults.length > 0 ? faults : lines.filter((line) => line !== '').slice(-2)).slice(0, 3)
  return told.length === 0 ? '' : `git says: ${told.join(' / ').replace(/\.$/, '').slice(0, 500)}.`
}
