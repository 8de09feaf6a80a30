import { describe, expect, test } from 'vitest'
import { listReports, readReport, readReportById, type StoredReport, saveReport } from '../../server/store/reports.ts'
import { storeKinds } from '../support/places.ts'
import { testStore } from '../support/stores.ts'

describe.each(storeKinds)('reports on %s', (kind) => {
  const open = testStore(kind)

  test('a report stays as it was made, to the byte; a refresh adds a revision', async () => {
    const { db } = open()
    const report: StoredReport = { id: 'r1', revision: 1, scope: 'org', week: '2026-W10', madeAt: 5, snapshot: '{"b":1,  "a":"ÄÖ€ 😀"}' }
    expect(await saveReport(db, report)).toEqual(report)
    expect(await saveReport(db, { ...report, madeAt: 9, snapshot: '{}' })).toEqual(report)
    const refreshed = await saveReport(db, { ...report, revision: 2, madeAt: 7, snapshot: '{}' })
    expect(await readReport(db, 'org', '2026-W10')).toEqual(refreshed)
    expect(await readReport(db, 'org', '2026-W10', 1)).toEqual(report)
    expect(await readReportById(db, 'r1', 1)).toEqual(report)
    expect(await readReport(db, 'org', '2026-W11')).toBeNull()
    await saveReport(db, { ...report, id: 'r2', week: '2026-W11' })
    await saveReport(db, { ...report, id: 'r3', scope: 'team:a' })
    expect((await listReports(db, { scope: 'org', limit: 10 })).map(({ id, revision }) => [id, revision])).toEqual([
      ['r2', 1],
      ['r1', 2],
    ])
  })
})
