/** Working days of an ISO week: Monday to Friday less holidays, or what the definition says. */
import type { Definition } from '../../definition.ts'
import { addDays } from '../windows.ts'

type Calendar = Pick<Definition, 'workingDays' | 'holidays' | 'holidayShare'>

/** Number of working days of the week that begins on the Monday, and whether they are too few for it to be compared. */
export function workingWeek(monday: string, { workingDays, holidays, holidayShare }: Calendar): { days: number; holiday: boolean } {
  if (holidays.length === 0) return { days: workingDays.length, holiday: false }
  let days = 0
  for (const weekday of workingDays) {
    const day = addDays(monday, weekday - 1)
    if (!holidays.includes(day) && !holidays.includes(day.slice(5))) days++
  }
  return { days, holiday: days === 0 || days < holidayShare * workingDays.length }
}
