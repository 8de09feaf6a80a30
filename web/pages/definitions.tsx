import { useQuery } from '@tanstack/react-query'
import type { DefinitionBody } from '../api.ts'
import { KindMark } from '../charts/kind-glyph.tsx'
import { formatDuration } from '../format.ts'
import { reasonText } from '../parts/evidence-reason.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ErrorPanel, Placeholder } from '../parts/state-panels.tsx'
import { TableScroll } from '../parts/table-scroll.tsx'
import { definitionQuery } from '../queries.ts'
import { useAnchor } from '../use-anchor.ts'
import { absenceWords, kindWords, signalWords } from '../words.ts'

const groups = { throughput: 'Throughput', instability: 'Instability', beside: 'Beside them' } as const

/** What every number means: rules, parameters, closed lists. */
export function DefinitionsPage() {
  const definition = useQuery(definitionQuery())
  return (
    <>
      <PageTitle page="Definitions" title="Definitions" kind={definition.data?.version} />
      <p className="page-lead">
        Every number of Shiplog is computed by these rules and no others. The version stands beside each number; a parameter that differs
        from the standard shows in it.
      </p>
      {definition.error ? (
        <ErrorPanel error={definition.error} retry={() => definition.refetch()} />
      ) : definition.data ? (
        <Rules definition={definition.data} />
      ) : (
        <Placeholder height={900} label="The definition" />
      )}
    </>
  )
}

function Rules({ definition }: { definition: DefinitionBody }) {
  return (
    <div className="stack stack-large definitions">
      {(['throughput', 'instability', 'beside'] as const).map((group) => {
        const metrics = definition.metrics.filter((metric) => metric.group === group)
        if (metrics.length === 0) return null
        return (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`} className="group-title" data-tone={group}>
              {groups[group]}
            </h2>
            <div className="definition-grid">
              {metrics.map((metric) => (
                <MetricRule key={metric.id} metric={metric} />
              ))}
            </div>
          </section>
        )
      })}
      <Parameters definition={definition} />
      <section className="panel" aria-labelledby="kinds">
        <div className="panel-head">
          <h2 id="kinds">Kinds of deployment</h2>
        </div>
        <dl className="glossary">
          {definition.kinds.map((kind) => (
            <div key={kind.id}>
              <dt className="row row-tight">
                {kind.id in kindWords && <KindMark kind={kind.id as keyof typeof kindWords} />}
                {kindWords[kind.id as keyof typeof kindWords]?.title ?? kind.id}
              </dt>
              <dd>{kind.words}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="panel" aria-labelledby="signals">
        <div className="panel-head">
          <div>
            <h2 id="signals">Signals of failure</h2>
            <p>Strongest first. A rate says which of them its sources could show; where none could, it is no data.</p>
          </div>
        </div>
        <dl className="glossary">
          {definition.signals.map((signal) => (
            <div key={signal.id}>
              <dt>{signalWords[signal.id as keyof typeof signalWords]?.title ?? signal.id}</dt>
              <dd>{signal.words}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="panel" aria-labelledby="reasons">
        <div className="panel-head">
          <div>
            <h2 id="reasons">Why a row or a value is absent</h2>
            <p>A closed list: nothing is left out for any other reason.</p>
          </div>
        </div>
        <dl className="glossary">
          {definition.reasons.map((reason) => (
            <div key={reason.id}>
              <dt>
                <code>{reason.id}</code>
              </dt>
              <dd>{reason.words || absenceWords[reason.id as keyof typeof absenceWords] || reasonText(reason.id)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  )
}

function MetricRule({ metric }: { metric: DefinitionBody['metrics'][number] }) {
  const ref = useAnchor(metric.id)
  return (
    <section className="panel definition anchor" ref={ref} id={metric.id} tabIndex={-1} aria-labelledby={`${metric.id}-title`}>
      <h3 id={`${metric.id}-title`}>{metric.title}</h3>
      <p className="definition-question">{metric.question}</p>
      <p>{metric.rule}</p>
      <p className="dim">{metric.interval}</p>
    </section>
  )
}

function Parameters({ definition }: { definition: DefinitionBody }) {
  return (
    <section className="panel" aria-labelledby="parameters">
      <div className="panel-head">
        <div>
          <h2 id="parameters">Parameters of {definition.version}</h2>
          <p>Days are calendar days of {definition.timeZone}.</p>
        </div>
      </div>
      <TableScroll label="Parameters, scrolls sideways">
        <table className="table numbers">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col">Here</th>
              <th scope="col">Standard</th>
              <th scope="col">What it does</th>
            </tr>
          </thead>
          <tbody>
            {definition.parameters.map((parameter) => (
              <tr key={parameter.id}>
                <th scope="row">
                  <code>{parameter.id}</code>
                </th>
                <td>
                  {valueText(parameter.id, parameter.value)} {parameter.differs && <span className="chip chip-warn">differs</span>}
                </td>
                <td className="dim">{valueText(parameter.id, parameter.standard)}</td>
                <td className="cell-wide">{parameter.words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  )
}

/** Windows are seconds: said as people say them. */
function valueText(id: string, value: unknown): string {
  if (typeof value === 'number') return /Window|Grace/.test(id) ? formatDuration(value) : String(value)
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
