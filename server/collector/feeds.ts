/** What feeds a service, for its coverage (definition `dora@1`, section 5). */
import type { Deployment, Incident, Instant } from '../facts.ts'
import type { Feed } from '../store/services.ts'

export interface FedFacts {
  deployments: Pick<Deployment, 'source' | 'startedAt' | 'finishedAt'>[]
  /** Its changes and incidents, and deployments of which another source's word holds, with what tells when they were first known of. */
  others: { source: string; at: Instant | undefined }[]
}

export function fedIncident({ source, openedAt }: Incident): FedFacts['others'][number] {
  return { source, at: openedAt }
}

/** The feeds with these facts beside those that are known. */
export function feedsWith(known: Feed[], { deployments, others }: FedFacts, pushed: Set<string>): Feed[] {
  const feeds = new Map(known.map((feed) => [feed.source, { ...feed }]))
  function note(source: string, at: Instant | undefined, isDeployment: boolean) {
    const feed = feeds.get(source) ?? { source, first: null, deploys: false }
    feeds.set(source, feed)
    if (isDeployment) feed.deploys = true
    if (at !== undefined && (isDeployment || pushed.has(source))) feed.first = feed.first === null ? at : Math.min(feed.first, at)
  }
  for (const deployment of deployments) note(deployment.source, feedTime(deployment, pushed), true)
  for (const { source, at } of others) note(source, at, false)
  return [...feeds.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
}

/** Whether a feed's first fact may be this one, so that without it the feed may begin later. */
export function mayBeFirst(known: Feed[], source: string, at: Instant | undefined): boolean {
  return at !== undefined && known.some((feed) => feed.source === source && feed.first === at)
}

export function feedTime({ source, startedAt, finishedAt }: FedFacts['deployments'][number], pushed: Set<string>): Instant | undefined {
  return pushed.has(source) ? (startedAt ?? finishedAt) : finishedAt
}
