/** Tells a bot's account by its name, for sources whose provider does not say what kind of account it is. */

/** `bot` as a word of its own, in any spelling: `renovate[bot]`, `deploy bot`, `CI-BOT`; not `robotics`, `abot` or `bots`. */
export function isBotName(name: string): boolean {
  return /(?:^|[^a-z0-9])bot(?:$|[^a-z0-9])/i.test(name)
}
