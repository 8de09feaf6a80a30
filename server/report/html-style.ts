/** The style of a report as a document of its own: light and dark on the screen, black on white on paper. */
export const reportStyle = `
:root { color-scheme: light dark; --paper: #ffffff; --canvas: #f1f2f5; --text: #14171f; --soft: #4a5160; --dim: #5f6675; --line: #dfe2e8; --sunk: #f5f6f9;
  --accent: #3650d8; --throughput: #0b6cb0; --instability: #b84a00; --beside: #5a4bbd; --bad: #b3261e; --good: #00785a; --note: #fdf5e1; --noteline: #e3c678 }
@media (prefers-color-scheme: dark) { :root { --paper: #14171d; --canvas: #0d0f13; --text: #e7e9ee; --soft: #c3c8d2; --dim: #a0a7b5; --line: #2a303b;
  --sunk: #1a1e26; --accent: #93a4f8; --throughput: #6db6ee; --instability: #f39a5b; --beside: #ada2f2; --bad: #ff8a80; --good: #5cc9a5; --note: #2a2417; --noteline: #6d5a2a } }
* { box-sizing: border-box }
html { background: var(--canvas); -webkit-text-size-adjust: 100% }
body { margin: 0; color: var(--text); font: 14px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; font-variant-numeric: tabular-nums }
main { max-width: 900px; margin: 32px auto; padding: 44px 52px 36px; background: var(--paper); border: 1px solid var(--line); border-radius: 10px }
h1 { margin: 2px 0 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.018em; font-weight: 650 }
h2 { margin: 30px 0 10px; font-size: 15px; font-weight: 650; letter-spacing: -0.005em }
p { margin: 8px 0 }
a { color: inherit; text-decoration: underline; text-decoration-color: var(--dim); text-underline-offset: 2px }
a:hover { color: var(--accent); text-decoration-color: currentColor }
small, .small { font-size: 12px; line-height: 1.45; color: var(--dim) }
.kicker { margin: 0; font-size: 12px; font-weight: 600; color: var(--accent) }
.period { margin: 4px 0 0; color: var(--soft) }
.headline { margin: 22px 0 6px; padding-left: 16px; border-left: 3px solid var(--accent); font-size: 18px; line-height: 1.45; letter-spacing: -0.008em; text-wrap: pretty }
.note { margin: 10px 0; padding: 8px 12px; background: var(--note); border: 1px solid var(--noteline); border-radius: 6px; font-size: 13px }
.wide { overflow-x: auto }
table { width: 100%; border-collapse: collapse }
th { text-align: left; font-size: 11.5px; font-weight: 500; color: var(--dim); padding: 4px 10px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap }
td { padding: 9px 10px 9px 0; border-bottom: 1px solid var(--line); vertical-align: top }
th:last-child, td:last-child { padding-right: 0 }
td small { display: block }
.group th { padding-top: 12px; font-size: 12px; font-weight: 650; border-bottom: 0; padding-bottom: 0 }
.metric { font-weight: 550; width: 34% }
.metric small { font-weight: 400 }
.value { font-weight: 650; font-size: 16px; line-height: 1.35; width: 31% }
.value span { margin-left: 6px; font-size: 12px; font-weight: 400; color: var(--soft) }
.value.none { font-size: 13px; font-weight: 400; color: var(--dim) }
.value small { font-weight: 400 }
.week { text-align: right; white-space: nowrap; color: var(--soft); font-size: 12.5px; padding-top: 11px }
th.week { padding-top: 4px; font-size: 11.5px; color: var(--dim) }
.trend { width: 104px; text-align: right }
svg { display: block; margin-left: auto; overflow: visible }
.throughput { color: var(--throughput) } .instability { color: var(--instability) } .beside { color: var(--beside) }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 36px }
ul, ol { margin: 0; padding: 0 }
li { break-inside: avoid }
.rows { list-style: none }
.rows > li { padding: 9px 0; border-bottom: 1px solid var(--line) }
.rows > li:first-child { border-top: 1px solid var(--line) }
.rows .right { float: right; margin-left: 16px; font-weight: 600; white-space: nowrap }
.rows strong { font-weight: 600 }
.rows p { margin: 2px 0 0; color: var(--soft); font-size: 13px }
.open { color: var(--bad) } .over { color: var(--good) }
.questions { background: var(--sunk); border-radius: 8px; padding: 14px 20px 14px 38px; text-wrap: pretty }
.questions li { padding: 3px 0 3px 4px } .questions li::marker { color: var(--accent); font-weight: 650 }
.plain { padding-left: 18px; color: var(--soft); font-size: 13px }
.plain li { padding: 1px 0 }
.more { margin-top: 8px; columns: 2; column-gap: 36px }
footer { margin-top: 32px; padding-top: 14px; border-top: 1px solid var(--line) }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px 24px; margin: 0 }
dt { font-size: 11.5px; color: var(--dim) } dd { margin: 0; font-size: 12.5px }
footer p { margin: 14px 0 0; font-size: 12px; color: var(--dim) }
@media (max-width: 700px) { main { margin: 0; padding: 24px 18px; border: 0; border-radius: 0 } .columns, dl { grid-template-columns: 1fr } .wide table { min-width: 680px } }
@page { size: A4; margin: 11mm 14mm 10mm }
@media print {
  :root { color-scheme: light; --paper: #fff; --canvas: #fff; --text: #000; --soft: #333a46; --dim: #555c69; --line: #d5d9e0; --sunk: #f4f5f8; --accent: #2c43bd;
    --throughput: #0b5c98; --instability: #a04000; --beside: #4c3fa6; --bad: #a01d16; --good: #00664c; --note: #fdf5e1; --noteline: #e3c678 }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  body { font-size: 10.5px; line-height: 1.42 }
  main { max-width: none; margin: 0; padding: 0; border: 0 }
  h1 { font-size: 21px } h2 { font-size: 12.5px; margin: 13px 0 5px; break-after: avoid } p { margin: 4px 0 }
  small, .small, th, dt, .group th { font-size: 9px } th.week { font-size: 9px } dd, .week, .rows p, .plain, .note { font-size: 9.5px } footer p { font-size: 9px }
  .kicker { font-size: 9.5px } .headline { font-size: 13.5px; margin: 12px 0 4px; padding-left: 11px } .value { font-size: 12px } .value.none { font-size: 10px }
  td { padding: 3.5px 8px 3.5px 0 } .value span { font-size: 9.5px } .week { padding-top: 6px } .rows > li { padding: 3.5px 0 } .rows .right { font-size: 10px } .questions { padding: 7px 14px 7px 28px } .questions li { padding: 1.5px 0 1.5px 3px }
  tr, footer, .questions, .columns > section { break-inside: avoid }
  .group th { padding-top: 8px } .wide { overflow: visible } a { text-decoration: none } footer { margin-top: 12px; padding-top: 7px } footer p { margin-top: 6px } dl { gap: 4px 20px }
}
`
