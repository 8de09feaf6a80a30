import { describe, expect, it } from 'vitest'
import {
  isReland,
  pickedCommits,
  revertedAbbreviation,
  revertedCommits,
  revertedNumber,
  splitMessage,
} from '../../server/delivery/message.ts'

const id = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334'

describe('commit messages', () => {
  it('have a subject of one line and notes of the lines that may name a commit', () => {
    expect(splitMessage(`\nFix\nthe total\n\nBecause of 3 customers.\nThis reverts commit ${id}.\n\nSee also.`)).toEqual({
      subject: 'Fix the total',
      notes: `This reverts commit ${id}.`,
    })
    expect(splitMessage('Fix the total\r\n\r\nNo reference.')).toEqual({ subject: 'Fix the total', notes: null })
    expect(splitMessage('')).toEqual({ subject: '', notes: null })
  })

  it('keep at most two thousand characters of notes', () => {
    const notes = splitMessage(`s\n\n${`picked ${id}\n`.repeat(200)}`).notes ?? ''
    expect(notes.length).toBeLessThanOrEqual(2000)
  })

  it.each([
    [`This reverts commit ${id}.`, [id]],
    [`This reverts commits ${id} and abcdef1.`, [id, 'abcdef1']],
    [`This reverts commit ${id}, reversing\nchanges made to abcdef1.`, [id]],
    [`This does not revert ${id}`, []],
  ])('%s', (notes, reverted) => {
    expect(revertedCommits(notes)).toEqual(reverted)
  })

  it('name what they are picked from', () => {
    expect(pickedCommits(`(cherry picked from commit ${id})\n(cherry picked from commit abcdef12)`)).toEqual([id, 'abcdef12'])
  })

  it('re-land by title', () => {
    expect(['Reapply "x"', 'Revert "Revert "x""', 'Revert "x"', 'Reapplying'].map(isReland)).toEqual([true, true, false, false])
  })

  it.each([
    ['revert-12-feature', '12', null],
    ['revert-123', null, null],
    ['revert-12345678', null, '12345678'],
    ['revert-abcdef12', null, 'abcdef12'],
    ['not-a-revert-branch', null, null],
    ['revert-1234567890abcdef', null, null],
  ])('the branch %s names pull request %s or merge %s', (branch, number, merge) => {
    expect([revertedNumber(branch), revertedAbbreviation(branch)]).toEqual([number, merge])
  })
})
