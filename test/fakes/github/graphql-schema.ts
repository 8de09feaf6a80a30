/** A part of GitHub's GraphQL schema, with its own names, arguments, defaults and nullability. */

function connection(name: string, node = name): string {
  return `
    type ${name}Connection { edges: [${name}Edge] nodes: [${node}] pageInfo: PageInfo! totalCount: Int! }
    type ${name}Edge { cursor: String! node: ${node} }`
}

function timelineConnection(name: string): string {
  return connection(name).replace('totalCount: Int!', 'totalCount: Int! filteredCount: Int! pageCount: Int! updatedAt: DateTime!')
}

const paging = 'after: String, before: String, first: Int, last: Int'
const event = 'id: ID! createdAt: DateTime! actor: Actor'
const oldestFirst = '{field: CREATED_AT, direction: ASC}'
const actor = 'id: ID! databaseId: Int login: String! url: URI! resourcePath: URI! avatarUrl(size: Int): URI!'
const repositories = `repositories(${paging}, orderBy: RepositoryOrder, isArchived: Boolean, isFork: Boolean, privacy: RepositoryPrivacy,
  affiliations: [RepositoryAffiliation], ownerAffiliations: [RepositoryAffiliation] = [OWNER, COLLABORATOR]): RepositoryConnection!`

/** The values of each enumeration. */
const values = {
  OrderDirection: 'ASC DESC',
  PullRequestState: 'CLOSED MERGED OPEN',
  PullRequestReviewState: 'APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING',
  IssueState: 'CLOSED OPEN',
  IssueStateReason: 'COMPLETED DUPLICATE NOT_PLANNED REOPENED',
  IssueOrderField: 'COMMENTS CREATED_AT UPDATED_AT',
  DeploymentOrderField: 'CREATED_AT',
  DeploymentState: 'ABANDONED ACTIVE DESTROYED ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING',
  DeploymentStatusState: 'ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING',
  RefOrderField: 'ALPHABETICAL TAG_COMMIT_DATE',
  ReleaseOrderField: 'CREATED_AT NAME',
  RepositoryOrderField: 'CREATED_AT NAME PUSHED_AT STARGAZERS UPDATED_AT',
  RepositoryPrivacy: 'PRIVATE PUBLIC',
  RepositoryVisibility: 'INTERNAL PRIVATE PUBLIC',
  RepositoryAffiliation: 'COLLABORATOR ORGANIZATION_MEMBER OWNER',
  PullRequestTimelineItemsItemType: [
    'CLOSED_EVENT CONVERT_TO_DRAFT_EVENT LABELED_EVENT MERGED_EVENT READY_FOR_REVIEW_EVENT REOPENED_EVENT',
    'UNLABELED_EVENT BASE_REF_CHANGED_EVENT CROSS_REFERENCED_EVENT HEAD_REF_FORCE_PUSHED_EVENT ISSUE_COMMENT',
    'PULL_REQUEST_COMMIT PULL_REQUEST_REVIEW REFERENCED_EVENT RENAMED_TITLE_EVENT REVIEW_REQUESTED_EVENT',
  ].join(' '),
  IssueTimelineItemsItemType: [
    'CLOSED_EVENT LABELED_EVENT REOPENED_EVENT UNLABELED_EVENT ASSIGNED_EVENT CROSS_REFERENCED_EVENT',
    'ISSUE_COMMENT REFERENCED_EVENT RENAMED_TITLE_EVENT',
  ].join(' '),
}
const enumerations = Object.entries(values).map(([name, words]) => `enum ${name} { ${words} }`)

export const schemaText = `
scalar DateTime
scalar GitTimestamp
scalar GitObjectID
scalar URI
scalar BigInt

${enumerations.join('\n')}

input IssueOrder { direction: OrderDirection! field: IssueOrderField! }
input DeploymentOrder { direction: OrderDirection! field: DeploymentOrderField! }
input RefOrder { direction: OrderDirection! field: RefOrderField! }
input ReleaseOrder { direction: OrderDirection! field: ReleaseOrderField! }
input RepositoryOrder { direction: OrderDirection! field: RepositoryOrderField! }
input IssueFilters { createdBy: String labels: [String!] since: DateTime states: [IssueState!] }

interface Node { id: ID! }
interface Actor { avatarUrl(size: Int): URI! login: String! resourcePath: URI! url: URI! }
interface GitObject { abbreviatedOid: String! commitUrl: URI! id: ID! oid: GitObjectID! repository: Repository! }
interface RepositoryOwner { id: ID! login: String! url: URI! ${repositories} }

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
type RateLimit { cost: Int! limit: Int! nodeCount: Int! remaining: Int! resetAt: DateTime! used: Int! }

type User implements Node & Actor & RepositoryOwner { ${actor} name: String email: String! ${repositories} }
type Bot implements Node & Actor { ${actor} }
type Mannequin implements Node & Actor { ${actor} email: String }
type Organization implements Node & Actor & RepositoryOwner { ${actor} name: String ${repositories} }

type Repository implements Node {
  id: ID! databaseId: Int name: String! nameWithOwner: String! owner: RepositoryOwner! url: URI! visibility: RepositoryVisibility!
  isArchived: Boolean! isDisabled: Boolean! isEmpty: Boolean! isFork: Boolean! isPrivate: Boolean!
  createdAt: DateTime! pushedAt: DateTime updatedAt: DateTime!
  defaultBranchRef: Ref
  ref(qualifiedName: String!): Ref
  refs(${paging}, direction: OrderDirection, orderBy: RefOrder, query: String, refPrefix: String!): RefConnection
  object(expression: String, oid: GitObjectID): GitObject
  pullRequest(number: Int!): PullRequest
  pullRequests(${paging}, baseRefName: String, headRefName: String, labels: [String!], orderBy: IssueOrder,
    states: [PullRequestState!]): PullRequestConnection!
  deployments(${paging}, environments: [String!], orderBy: DeploymentOrder = ${oldestFirst}): DeploymentConnection!
  releases(${paging}, orderBy: ReleaseOrder): ReleaseConnection!
  latestRelease: Release
  issue(number: Int!): Issue
  issues(${paging}, filterBy: IssueFilters, labels: [String!], orderBy: IssueOrder, states: [IssueState!]): IssueConnection!
}

type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject repository: Repository! }
type GitActor { date: GitTimestamp email: String name: String user: User }
type Commit implements Node & GitObject {
  id: ID! oid: GitObjectID! abbreviatedOid: String! repository: Repository! url: URI! commitUrl: URI!
  authoredDate: DateTime! committedDate: DateTime! message: String! messageHeadline: String! messageBody: String!
  author: GitActor committer: GitActor
  parents(${paging}): CommitConnection!
  history(${paging}, since: GitTimestamp, until: GitTimestamp): CommitHistoryConnection!
  associatedPullRequests(${paging}): PullRequestConnection
}
type Tag implements Node & GitObject {
  id: ID! oid: GitObjectID! abbreviatedOid: String! repository: Repository! commitUrl: URI!
  name: String! message: String tagger: GitActor target: GitObject!
}

type Label implements Node { id: ID! name: String! color: String! description: String }
type PullRequest implements Node {
  id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! body: String! bodyText: String! url: URI!
  state: PullRequestState! isDraft: Boolean! merged: Boolean! isCrossRepository: Boolean! repository: Repository!
  createdAt: DateTime! updatedAt: DateTime! mergedAt: DateTime closedAt: DateTime
  mergedBy: Actor mergeCommit: Commit headRefName: String! baseRefName: String! headRefOid: GitObjectID! baseRefOid: GitObjectID!
  author: Actor additions: Int! deletions: Int! changedFiles: Int!
  labels(${paging}): LabelConnection
  commits(${paging}): PullRequestCommitConnection!
  files(${paging}): PullRequestChangedFileConnection
  reviews(${paging}, author: String, states: [PullRequestReviewState!]): PullRequestReviewConnection
  timelineItems(${paging}, itemTypes: [PullRequestTimelineItemsItemType!], since: DateTime, skip: Int): PullRequestTimelineItemsConnection!
}
type PullRequestChangedFile { path: String! additions: Int! deletions: Int! }
type PullRequestCommit implements Node { id: ID! commit: Commit! url: URI! }
type PullRequestReview implements Node {
  id: ID! databaseId: Int state: PullRequestReviewState! submittedAt: DateTime createdAt: DateTime! author: Actor url: URI!
}
type Issue implements Node {
  id: ID! databaseId: Int number: Int! title: String! body: String! url: URI! repository: Repository!
  state: IssueState! stateReason(enableDuplicate: Boolean = false): IssueStateReason
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime author: Actor
  labels(${paging}): LabelConnection
  timelineItems(${paging}, itemTypes: [IssueTimelineItemsItemType!], since: DateTime, skip: Int): IssueTimelineItemsConnection!
}

type ReadyForReviewEvent implements Node { ${event} }
type ConvertToDraftEvent implements Node { ${event} }
type ClosedEvent implements Node { ${event} stateReason: IssueStateReason }
type ReopenedEvent implements Node { ${event} stateReason: IssueStateReason }
type MergedEvent implements Node { ${event} commit: Commit mergeRefName: String! }
type LabeledEvent implements Node { ${event} label: Label! }
type UnlabeledEvent implements Node { ${event} label: Label! }
union PullRequestTimelineItems =
  ReadyForReviewEvent | ConvertToDraftEvent | ClosedEvent | ReopenedEvent | MergedEvent | LabeledEvent | UnlabeledEvent
union IssueTimelineItems = ClosedEvent | ReopenedEvent | LabeledEvent | UnlabeledEvent

type Deployment implements Node {
  id: ID! databaseId: Int environment: String originalEnvironment: String latestEnvironment: String task: String
  description: String payload: String state: DeploymentState createdAt: DateTime! updatedAt: DateTime!
  commitOid: String! commit: Commit ref: Ref creator: Actor! latestStatus: DeploymentStatus repository: Repository!
  statuses(${paging}): DeploymentStatusConnection
}
type DeploymentStatus implements Node {
  id: ID! state: DeploymentStatusState! createdAt: DateTime! updatedAt: DateTime! description: String
  environment: String environmentUrl: URI logUrl: URI creator: Actor! deployment: Deployment!
}
type Release implements Node {
  id: ID! databaseId: Int name: String tagName: String! isPrerelease: Boolean! isDraft: Boolean! isLatest: Boolean! description: String
  publishedAt: DateTime createdAt: DateTime! updatedAt: DateTime! url: URI! tag: Ref tagCommit: Commit author: User
}

${connection('Repository')}
${connection('Ref')}
${connection('Commit')}
type CommitHistoryConnection { edges: [CommitEdge] nodes: [Commit] pageInfo: PageInfo! totalCount: Int! }
${connection('PullRequest')}
${connection('PullRequestCommit')}
${connection('PullRequestChangedFile')}
${connection('PullRequestReview')}
${timelineConnection('PullRequestTimelineItems')}
${timelineConnection('IssueTimelineItems')}
${connection('Label')}
${connection('Issue')}
${connection('Deployment')}
${connection('DeploymentStatus')}
${connection('Release')}

type Query {
  rateLimit(dryRun: Boolean = false): RateLimit
  viewer: User!
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  organization(login: String!): Organization
  user(login: String!): User
  repositoryOwner(login: String!): RepositoryOwner
}
`
