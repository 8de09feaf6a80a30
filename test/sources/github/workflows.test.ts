import { expect, test } from 'vitest'
import { type RepositoryState, readCursor } from '../../../server/sources/github/cursor.ts'
import type { Ruling, WorkflowRule } from '../../../server/sources/github/rules.ts'
import { feedOf } from '../../../server/sources/github/workflows.ts'
import { rulings } from '../../support/github-things.ts'

test('each rule has an account of its own of how far its runs are read', () => {
  const state = { runs: readCursor(null).repositories } as unknown as RepositoryState
  const { workflows } = rulings({
    deployments: [
      { workflow: 'deploy.yml', branch: 'live' },
      { workflow: 'deploy.yml', branch: true, environment: 'staging' },
      { workflow: 'deploy.yml', job: 'live', environment: 'testing' },
      { workflow: 'deploy.yml live', environment: 'development' },
    ],
  })
  const feeds = workflows.map((ruling) => feedOf(state, ruling))
  expect(new Set(feeds).size).toBe(4)
  expect(workflows.map((ruling) => feedOf(state, ruling as Ruling<WorkflowRule>))).toEqual(feeds)
  expect(Object.keys(state.runs)).toHaveLength(4)
})
