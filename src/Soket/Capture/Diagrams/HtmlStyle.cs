namespace Soket.Capture.Diagrams;

/// <summary>How the page of a diagram looks. It stands in the page whole, and the page's policy allows nothing else.</summary>
internal static class HtmlStyle
{
    // Colours are told apart on both grounds (WCAG 2.2 AA: 4.5 to 1), and nothing is said by colour alone. A page is as wide as its window, from 320 px.
    public const string Sheet =
        """
        :root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1f24; --quiet: #57606a; --line: #6e7781; --label: #0b5a8a; --state: #116329; --failed: #b3261e; --remark: #7a4b00; --band: #f3f5f7; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #14171a; --ink: #e6e9ec; --quiet: #a3acb5; --line: #8b949e; --label: #7cc4f4; --state: #7bd88f; --failed: #ff9b93; --remark: #f0c060; --band: #1d2125; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
        h3 { font-size: 1rem; }
        a { color: var(--label); overflow-wrap: anywhere; }
        a:focus-visible, summary:focus-visible { outline: 3px solid var(--label); outline-offset: 2px; }
        p, .legend { color: var(--quiet); }
        table { width: 100%; border-collapse: collapse; table-layout: fixed; font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; }
        th { text-align: left; vertical-align: bottom; padding: .4rem .5rem; font-weight: 400; }
        th b { display: block; }
        td { vertical-align: top; padding: .3rem .5rem; overflow-wrap: anywhere; }
        th.time { width: 6.2rem; } td.time { color: var(--quiet); text-align: right; }
        th.end { width: 24%; overflow-wrap: anywhere; } th.end:last-child { text-align: right; }
        td.between { border-left: 2px solid var(--line); border-right: 2px solid var(--line); padding: .3rem 0; }
        tbody tr:nth-child(even) { background: var(--band); }
        .label { color: var(--label); text-align: center; padding: 0 .8rem; }
        .arrow { position: relative; height: 0; margin: .35rem 0 .45rem; border-top: 2px solid var(--ink); }
        .arrow::after { content: ""; position: absolute; top: -6px; border: 5px solid transparent; }
        .to-right .arrow::after { right: 0; border-left: 9px solid var(--ink); border-right: 0; }
        .to-left .arrow::after { left: 0; border-right: 9px solid var(--ink); border-left: 0; }
        .inferred .arrow { border-top-style: dashed; }
        .lost .arrow::after { content: "✗"; border: 0; top: -.8em; color: var(--failed); }
        .to-right.lost .arrow { margin-right: 1em; } .to-right.lost .arrow::after { right: -.9em; }
        .to-left.lost .arrow { margin-left: 1em; } .to-left.lost .arrow::after { left: -.9em; }
        .content, .remark, .note, details { padding: 0 .8rem; }
        .remark { color: var(--remark); }
        .note { color: var(--quiet); text-align: center; margin: .2rem 0; }
        .state { color: var(--state); font-weight: 700; }
        .failed { color: var(--failed); }
        .wait { display: block; color: var(--remark); white-space: nowrap; }
        td.right.taken { box-shadow: inset 3px 0 var(--quiet); } td.left.taken { box-shadow: inset -3px 0 var(--quiet); }
        td.taken.last { padding-bottom: .5rem; }
        summary { cursor: pointer; color: var(--quiet); text-align: center; } .open { text-decoration: underline; }
        details ol { padding-left: 1.2rem; list-style: none; }
        .aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        @media (max-width: 640px) {
          main { padding: .5rem; }
          table { font-size: 11px; }
          th, td { padding-left: .2rem; padding-right: .2rem; }
          th.time { width: 3.4rem; }
          th.end { width: 23%; }
          .label, .content, .remark, .note, details { padding: 0 .35rem; }
        }
        @media print { body { background: #fff; color: #000; } details > * { display: block; } }
        """;
}
