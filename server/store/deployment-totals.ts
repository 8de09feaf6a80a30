/** How many deployments each service ever had. */
import { sql } from 'drizzle-orm'
import { type Db, rows } from './database.ts'

/** In production, by service: those that count. Those that are shown apart are taken off, so that both are told by indexes. */
export async function readDeploymentTotals(db: Db): Promise<{ service: string; total: number }[]> {
  return rows(
    db,
    sql`select s.key as service, (t.all_of_them - coalesce(a.apart, 0))::int as total
      from (select service_id, count(*) as all_of_them from deployments where tier = 'production' and at is not null group by service_id) t
      left join (select service_id, count(*) as apart from deployments where tier = 'production' and at is not null and apart is not null
        group by service_id) a on a.service_id = t.service_id
      join services s on s.id = t.service_id order by s.key`,
  )
}
